import type { Planes } from './planes.js'
import type { Study } from './study.js'

/** What a person's skin looks like in a picture: mean and standard deviation of l, α and β. */
export interface Skin {
  readonly mean: readonly number[]
  readonly spread: readonly number[]
}

/** Pixels that should be skin: inside the outline and away from it, neither eye nor lip, well seen in both faces. */
export function skinArea(study: Study): Uint8Array {
  const rim = 0.03 * study.faceHeight
  return study.oval.map((inside, i) =>
    inside && !study.features[i] && study.depth[i] > rim && study.trust[i] > 0.9 ? 1 : 0,
  )
}

/** The skin of one face, with what is more than two deviations off (hair, glasses, nostrils) left out twice. */
export function measureSkin(colours: Planes, area: Uint8Array): Skin {
  let skin = statistics(colours, i => area[i] === 1)
  for (let pass = 0; pass < 2; pass++) {
    const { mean, spread } = skin
    skin = statistics(
      colours,
      i => area[i] === 1 && colours.every((plane, k) => Math.abs(plane[i] - mean[k]) < 2 * spread[k]),
    )
  }
  return skin
}

function statistics(colours: Planes, chosen: (pixel: number) => boolean): Skin {
  const [sum, squares] = [
    [0, 0, 0],
    [0, 0, 0],
  ]
  let count = 0
  for (let i = 0; i < colours[0].length; i++) {
    if (!chosen(i)) continue
    count++
    for (let k = 0; k < 3; k++) {
      sum[k] += colours[k][i]
      squares[k] += colours[k][i] ** 2
    }
  }
  const mean = sum.map(value => (count ? value / count : 0))
  // A flat colour has no spread, and would make every other pixel infinitely far from it.
  const spread = squares.map((value, k) => Math.sqrt(Math.max(0, value / Math.max(1, count) - mean[k] ** 2)) + 1e-3)
  return { mean, spread }
}

/** Deviations below which skin does not vary in practice, however even a face is lit: l, α, β. */
const LEAST_SPREAD = [0.2, 0.045, 0.03]

/** Whether a pixel could be this skin: not far darker, and not of another colour. */
export function resemblesSkin(colours: Planes, i: number, { mean, spread }: Skin): boolean {
  const off = colours.map((plane, k) => (plane[i] - mean[k]) / Math.max(spread[k], LEAST_SPREAD[k]))
  return off[0] > -2.2 && off[0] ** 2 + off[1] ** 2 + off[2] ** 2 < 16
}
