import type { IssueCode } from './errors.js'
import type { Port } from './port.js'
import { suggest } from './suggest.js'

/** What is wrong with a value: 'must be an integer from 0 to 512, got 900.' */
export interface Complaint {
  readonly code: IssueCode
  readonly text: string
}

const WRITTEN_TYPES = new Set(['INT', 'FLOAT', 'TEXT', 'TOGGLE', 'CHOICE', '*'])

/** Whether a person can write this port's value in the document; pictures and the like can only be linked. */
export const isWritten = (port: Port): boolean => WRITTEN_TYPES.has(port.type)

/** What is wrong with a written value for this port, if anything. Out of range is refused, never clamped. */
export function checkValue(value: unknown, port: Port): Complaint | undefined {
  switch (port.type) {
    case 'INT':
      return checkNumber(value, port, Number.isSafeInteger(value), 'an integer')
    case 'FLOAT':
      return checkNumber(value, port, Number.isFinite(value), 'a number')
    case 'TEXT':
      return typeof value === 'string' ? undefined : wrongType('a text', value)
    case 'TOGGLE':
      return typeof value === 'boolean' ? undefined : wrongType('true or false', value)
    case 'CHOICE':
      return checkChoice(value, port.choices ?? [])
    case '*':
      return undefined
    default:
      return { code: 'wrong-type', text: `must be linked to an output of type ${port.type}, got ${show(value)}.` }
  }
}

function checkNumber(value: unknown, port: Port, isNumber: boolean, kind: string): Complaint | undefined {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = port
  if (!isNumber) return wrongType(kind + range(port), value)
  if ((value as number) >= min && (value as number) <= max) return undefined
  return { code: 'out-of-range', text: `must be ${kind}${range(port)}, got ${show(value)}.` }
}

function range({ min, max }: Port): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`
  if (min !== undefined) return ` of at least ${min}`
  return max === undefined ? '' : ` of at most ${max}`
}

function checkChoice(value: unknown, choices: readonly string[]): Complaint | undefined {
  if (typeof value === 'string' && choices.includes(value)) return undefined
  const hint = typeof value === 'string' ? suggest(value, choices).replace(/ Known:.*/, '') : ''
  return { code: 'not-a-choice', text: `must be one of ${choices.join(', ')}; got ${show(value)}.${hint}` }
}

const wrongType = (wanted: string, value: unknown): Complaint => ({
  code: 'wrong-type',
  text: `must be ${wanted}, got ${show(value)}.`,
})

/** A value as an error sentence quotes it: short, and with its type visible. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const quoted = JSON.stringify(value) ?? String(value)
  return quoted.length > 60 ? `${quoted.slice(0, 57)}…` : quoted
}

/** Whether an output may be linked to an input. Text to a choice and so on is checked again when the value is there. */
export function accepts(input: Port, output: Port): boolean {
  if (input.type === output.type || input.type === '*' || output.type === '*') return true
  if (input.type === 'FLOAT') return output.type === 'INT'
  return (input.type === 'TEXT' && output.type === 'CHOICE') || (input.type === 'CHOICE' && output.type === 'TEXT')
}
