/**
 * Lets so many go at once, the others in the order in which they came.
 * @param refusal what is thrown when `most` wait already; without them, any number may.
 */
export function turns(atOnce: number, most = Number.POSITIVE_INFINITY, refusal = () => new Error('Too many wait.')) {
  const waiting: (() => void)[] = []
  let free = atOnce
  return async <T>(act: () => Promise<T>): Promise<T> => {
    if (free > 0) free--
    else if (waiting.length < most) await new Promise<void>(go => waiting.push(go))
    else throw refusal()
    try {
      return await act()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}
