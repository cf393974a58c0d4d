type Colour = readonly [number, number, number]

/**
 * A face drawn by a formula, n × n pixels of three bytes: the same as in test/goldens/models.py, number by number,
 * because only + − × ÷ and comparisons are used.
 */
export function formulaFace(n: number): Uint8Array {
  const picture = new Uint8Array(n * n * 3)
  for (let row = 0; row < n; row++) {
    for (let column = 0; column < n; column++) {
      picture.set(colourAt((column + 0.5) / n, (row + 0.5) / n), (row * n + column) * 3)
    }
  }
  return picture
}

function colourAt(u: number, v: number): Colour {
  const oval = (x: number, y: number, w: number, h: number) => ((u - x) / w) ** 2 + ((v - y) / h) ** 2
  const head = oval(0.5, 0.48, 0.22, 0.3)
  const layers: readonly (readonly [boolean, Colour])[] = [
    [true, [60 + 100 * v, 90 + 80 * u, 140]],
    [oval(0.5, 1.1, 0.45, 0.35) < 1, [40, 50, 90]],
    [oval(0.5, 0.42, 0.26, 0.32) < 1, [50, 35, 25]],
    [oval(0.5, 0.8, 0.09, 0.12) < 1, [190, 140, 112]],
    [head < 1, [224 - 50 * head, 172 - 50 * head, 140 - 50 * head]],
    [oval(0.41, 0.38, 0.06, 0.012) < 1, [60, 40, 30]],
    [oval(0.59, 0.38, 0.06, 0.012) < 1, [60, 40, 30]],
    [oval(0.41, 0.44, 0.045, 0.02) < 1, [240, 238, 235]],
    [oval(0.59, 0.44, 0.045, 0.02) < 1, [240, 238, 235]],
    [oval(0.41, 0.44, 0.018, 0.019) < 1, [45, 30, 20]],
    [oval(0.59, 0.44, 0.018, 0.019) < 1, [45, 30, 20]],
    [oval(0.5, 0.57, 0.035, 0.02) < 1, [160, 105, 85]],
    [oval(0.5, 0.67, 0.08, 0.022) < 1, [165, 70, 75]],
    [oval(0.5, 0.67, 0.075, 0.004) < 1, [90, 30, 35]],
  ]
  return layers.findLast(([here]) => here)?.[1] ?? [0, 0, 0]
}
