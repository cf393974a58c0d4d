import type { Box, Image } from '../ports.js'

/** An upright square of a picture, which may reach beyond it: its upper left corner and side in pixels. */
export interface Tile {
  readonly x: number
  readonly y: number
  readonly side: number
}

/** The square that holds the whole picture in its middle. */
export function wholeTile({ width, height }: Pick<Image, 'width' | 'height'>): Tile {
  const side = Math.max(width, height)
  return { x: (width - side) / 2, y: (height - side) / 2, side }
}

/** Squares of a side that cover the picture, neighbours overlapping by at least a third. */
export function overlappingTiles({ width, height }: Pick<Image, 'width' | 'height'>, side: number): readonly Tile[] {
  const rows = starts(height, side)
  return rows.flatMap(y => starts(width, side).map(x => ({ x, y, side })))
}

function starts(length: number, side: number): readonly number[] {
  if (length <= side) return [(length - side) / 2]
  const steps = Math.ceil((length - side) / ((side * 2) / 3))
  return Array.from({ length: steps + 1 }, (_, i) => ((length - side) * i) / steps)
}

/**
 * Whether a box is seen whole in a tile: not cut by a border that is not the picture's own. A tile's neighbour sees
 * the whole of what it cuts.
 */
export function seenWhole(box: Box, tile: Tile, { width, height }: Pick<Image, 'width' | 'height'>): boolean {
  const edge = tile.side / 100
  const [right, bottom] = [tile.x + tile.side, tile.y + tile.side]
  return (
    (tile.x <= 0 || box.x > tile.x + edge) &&
    (tile.y <= 0 || box.y > tile.y + edge) &&
    (right >= width || box.x + box.width < right - edge) &&
    (bottom >= height || box.y + box.height < bottom - edge)
  )
}
