/** The middle value. */
export const median = (values: readonly number[]): number => percentile(values, 50)

/** The value that so many per cent are not above. */
export const percentile = (values: readonly number[], percent: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor((values.length * percent) / 100))] ??
  Number.NaN

/** The slope of the straight line that fits best. */
export function slope(xs: readonly number[], ys: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(xs), mean(ys)]
  const covariance = xs.reduce((sum, value, index) => sum + (value - x) * ((ys[index] as number) - y), 0)
  return covariance / xs.reduce((sum, value) => sum + (value - x) ** 2, 0)
}

/** The power with which times grow with sizes, from a log-log fit: 1 is growth in proportion. */
export const exponent = (sizes: readonly number[], times: readonly number[]): number =>
  slope(sizes.map(Math.log), times.map(Math.log))

/** Calls `work` so many times, a bounded number at once, and answers how long each took in ms. */
export async function timesOf(
  count: number,
  atOnce: number,
  work: (index: number) => Promise<unknown>,
): Promise<number[]> {
  const times: number[] = []
  let next = 0
  const worker = async () => {
    while (next < count) {
      const index = next++
      const started = performance.now()
      await work(index)
      times.push(performance.now() - started)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return times
}
