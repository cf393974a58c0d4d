import type { FlexValue } from '../flexbuffers.js'
import { readFlexBuffer } from '../flexbuffers.js'

/** The options of a custom operator, by name. */
export type FlexOptions = Readonly<Record<string, FlexValue>>

/** @throws when there are none, or they are not a map. */
export function flexOptions(bytes: Uint8Array | undefined): FlexOptions {
  const value = bytes && readFlexBuffer(bytes)
  if (typeof value === 'object' && !Array.isArray(value)) return value as FlexOptions
  throw new Error('its options are missing')
}

/** @throws when the option is not a number. */
export function flexNumber(options: FlexOptions, name: string): number {
  const value = options[name]
  if (typeof value === 'number') return value
  throw new Error(`option ${name} must be a number, got ${JSON.stringify(value)}`)
}

/** @throws when the option is not a whole number. */
export function flexInteger(options: FlexOptions, name: string): number {
  const value = flexNumber(options, name)
  if (Number.isInteger(value)) return value
  throw new Error(`option ${name} must be a whole number, got ${value}`)
}

/** @throws when the option is not a list of whole numbers. */
export function flexIntegers(options: FlexOptions, name: string): readonly number[] {
  const value = options[name]
  if (Array.isArray(value) && value.every(Number.isInteger)) return value as readonly number[]
  throw new Error(`option ${name} must be a list of whole numbers, got ${JSON.stringify(value)}`)
}
