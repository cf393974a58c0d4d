/** Keeps of a selection [width × height] (> 0) what is joined to a seed by selected pixels, side by side. */
export function connectedTo(selected: Uint8Array, seeds: readonly number[], width: number): Uint8Array {
  const kept = new Uint8Array(selected.length)
  const open = seeds.filter(k => selected[k] > 0)
  for (const k of open) kept[k] = 1
  for (let k = open.pop(); k !== undefined; k = open.pop()) {
    const x = k % width
    const neighbours = [x > 0 ? k - 1 : -1, x < width - 1 ? k + 1 : -1, k - width, k + width]
    for (const n of neighbours) {
      if (n < 0 || n >= selected.length || kept[n] > 0 || selected[n] === 0) continue
      kept[n] = 1
      open.push(n)
    }
  }
  return kept
}
