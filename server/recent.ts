/** The things that were asked for last, up to a number of them: what is used again is kept longest. */
export interface Recent<T> {
  get(key: string): T | undefined
  set(key: string, value: T): void
}

/** A Map keeps the order of insertion, so a used entry is put in anew. */
export function recent<T>(limit: number): Recent<T> {
  const entries = new Map<string, T>()
  const set = (key: string, value: T) => {
    entries.delete(key)
    entries.set(key, value)
    const [oldest] = entries.keys()
    if (entries.size > limit && oldest !== undefined) entries.delete(oldest)
  }
  return {
    set,
    get: key => {
      const value = entries.get(key)
      if (value !== undefined) set(key, value)
      return value
    },
  }
}
