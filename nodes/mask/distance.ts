/**
 * The exact Euclidean distance, in pixels, of every selected pixel (> 0.5) to the nearest unselected one; 0 for the
 * unselected. What lies outside the frame counts as selected (Infinity if nothing is unselected) unless
 * `outsideIsUnselected`. Linear in the number of pixels. Source: Felzenszwalb and Huttenlocher 2012.
 */
export function distanceInside(
  selected: ArrayLike<number>,
  width: number,
  height: number,
  { outsideIsUnselected = false }: { outsideIsUnselected?: boolean } = {},
): Float32Array {
  const distance = columnDistance(selected, width, height, outsideIsUnselected)
  const row = createRow(width, outsideIsUnselected)
  for (let y = 0; y < height; y++) joinRow(distance.subarray(y * width, (y + 1) * width), row)
  return distance
}

/** Distance to the nearest unselected pixel of the same column. */
function columnDistance(selected: ArrayLike<number>, width: number, height: number, bounded: boolean): Float32Array {
  const distance = new Float32Array(width * height)
  const outside = bounded ? 0 : Number.POSITIVE_INFINITY
  for (let i = 0; i < distance.length; i++) {
    if (selected[i] > 0.5) distance[i] = 1 + (i < width ? outside : distance[i - width])
  }
  for (let i = distance.length - 1; i >= 0; i--) {
    const below = 1 + (i >= distance.length - width ? outside : distance[i + width])
    if (below < distance[i]) distance[i] = below
  }
  return distance
}

/** Room for one row, with a column on either side for what lies outside the frame. */
interface Row {
  readonly squares: Float64Array
  /** The columns whose parabolas are the lowest, from left to right, and where each begins to be so. */
  readonly columns: Int32Array
  readonly begins: Float64Array
}

function createRow(width: number, bounded: boolean): Row {
  const squares = new Float64Array(width + 2).fill(bounded ? 0 : Number.POSITIVE_INFINITY)
  return { squares, columns: new Int32Array(width + 2), begins: new Float64Array(width + 3) }
}

function joinRow(distance: Float32Array, row: Row): void {
  const { squares, columns, begins } = row
  let needed = false
  for (let x = 0; x < distance.length; x++) {
    squares[x + 1] = distance[x] * distance[x]
    needed ||= distance[x] > 1
  }
  // A pixel next to an unselected one of its column cannot come nearer to any other.
  if (!needed) return
  const count = lowerEnvelope(row)
  if (count === 0) return
  for (let x = 0, k = 0; x < distance.length; x++) {
    while (k + 1 < count && begins[k + 1] < x + 1) k++
    if (distance[x] > 0) distance[x] = Math.sqrt((x + 1 - columns[k]) ** 2 + squares[columns[k]])
  }
}

/** Finds the parabolas (x − column)² + square that are lowest somewhere, and answers how many they are. */
function lowerEnvelope({ squares, columns, begins }: Row): number {
  let count = 0
  for (let q = 0; q < squares.length; q++) {
    if (squares[q] === Number.POSITIVE_INFINITY) continue
    let begin = Number.NEGATIVE_INFINITY
    while (count > 0 && (begin = crossing(squares, columns[count - 1], q)) <= begins[count - 1]) count--
    if (count === 0) begin = Number.NEGATIVE_INFINITY
    columns[count] = q
    begins[count++] = begin
  }
  return count
}

/** Where the parabola of column q comes below that of column p, which lies to its left. */
const crossing = (squares: Float64Array, p: number, q: number): number =>
  (squares[q] + q * q - squares[p] - p * p) / (2 * (q - p))
