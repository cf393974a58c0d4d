import type { Region } from '../ports.js'

export interface Size {
  readonly width: number
  readonly height: number
}

/** Width × height as sentences show it. */
export const sizeText = ({ width, height }: Size): string => `${width} × ${height}`

/** @throws for a rectangle that is not of whole pixels inside the picture. */
export function refuseOutside({ x, y, width, height }: Region, picture: Size, what: string): void {
  const whole = [x, y, width, height].every(Number.isInteger)
  const inside =
    x >= 0 && y >= 0 && width >= 1 && height >= 1 && x + width <= picture.width && y + height <= picture.height
  if (whole && inside) return
  throw new Error(
    `${what} must lie inside the picture of ${sizeText(picture)}, got ${width} × ${height} at (${x}, ${y}); make it smaller or move it.`,
  )
}
