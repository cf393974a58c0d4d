import { distanceInside } from './distance.js'

/** Fades a mask towards its edge, linearly over `radius` pixels inwards; what was 0 stays 0. */
export function featherInside(data: Float32Array, width: number, height: number, radius: number): Float32Array {
  const selected = new Uint8Array(data.length)
  for (let i = 0; i < data.length; i++) selected[i] = data[i] > 0 ? 1 : 0
  const out = distanceInside(selected, width, height)
  for (let i = 0; i < out.length; i++) out[i] = data[i] * Math.min(1, out[i] / (radius + 1))
  return out
}
