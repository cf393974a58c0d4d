/** What a value became, or why it cannot be of the type. */
export type Coerced = { readonly value: string | number | boolean } | { readonly reason: string }

const INTEGER = /^\s*[+-]?\d+\s*$/
const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i

/**
 * Turns a written value into what ComfyUI makes of it: "5" is 5, 5.7 is 5, 42 is "42", any text that is not empty is
 * true. The reasons are worded as there, for clients show them.
 */
export function coerce(value: unknown, type: string): Coerced {
  switch (type) {
    case 'INT':
      return toInteger(value)
    case 'FLOAT':
      return toFloat(value)
    case 'STRING':
      return toText(value)
    case 'BOOLEAN':
      return isPlain(value) ? { value: Boolean(value) } : { reason: `a BOOLEAN cannot be made of ${kindOf(value)}` }
    default:
      return isPlain(value) ? { value } : { reason: `a ${type} cannot be made of ${kindOf(value)}` }
  }
}

function toInteger(value: unknown): Coerced {
  if (typeof value === 'boolean') return { value: value ? 1 : 0 }
  if (typeof value === 'number') {
    return Number.isFinite(value)
      ? { value: whole(Math.trunc(value)) }
      : { reason: `cannot convert ${value} to integer` }
  }
  if (typeof value !== 'string') return { reason: `int() argument must be a string or a number, not ${kindOf(value)}` }
  if (!INTEGER.test(value)) return { reason: `invalid literal for int() with base 10: '${value.slice(0, 80)}'` }
  return { value: whole(Number(value)) }
}

function toFloat(value: unknown): Coerced {
  if (typeof value === 'boolean') return { value: value ? 1 : 0 }
  if (typeof value === 'number' && Number.isFinite(value)) return { value }
  if (typeof value !== 'string')
    return { reason: `float() argument must be a string or a number, not ${kindOf(value)}` }
  // Infinity cannot be written in JSON, so it is no value of ours either.
  const number = NUMBER.test(value) ? Number(value) : Number.NaN
  return Number.isFinite(number)
    ? { value: number }
    : { reason: `could not convert string to float: '${value.slice(0, 80)}'` }
}

function toText(value: unknown): Coerced {
  if (typeof value === 'string') return { value }
  if (typeof value === 'number') return { value: String(value) }
  if (typeof value === 'boolean') return { value: value ? 'True' : 'False' }
  return { reason: `a STRING cannot be made of ${kindOf(value)}` }
}

/** Without the minus of −0, which JSON writes but no one means. */
const whole = (value: number) => value + 0

const isPlain = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

const kindOf = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'a list' : `an ${typeof value}`)
