/** 0 below 0 (and for what is no number), 1 above 1, a smooth rise between. */
export function smoothstep(t: number): number {
  if (!(t > 0)) return 0
  return t < 1 ? t * t * (3 - 2 * t) : 1
}
