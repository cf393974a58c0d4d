/** What a step answered, as far as it can be told in JSON: numbers, texts, and files by their artifacts. */
export type PlainOutputs = Readonly<Record<string, unknown>>

/** Takes out what is plain: an output that holds pictures or other arrays of numbers is left out as a whole. */
export const plainOutputs = (outputs: Readonly<Record<string, readonly unknown[]>>): PlainOutputs =>
  Object.fromEntries(
    Object.entries(outputs).flatMap(([name, values]) => (values.every(isPlain) ? [[name, single(values)]] : [])),
  )

/** A list of one value as that value: most outputs have one. */
export const single = (values: readonly unknown[]): unknown => (values.length === 1 ? values[0] : values)

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  return !ArrayBuffer.isView(value) && Object.values(value).every(isPlain)
}
