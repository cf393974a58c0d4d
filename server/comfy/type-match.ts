/** A type on ComfyUI's wire: a name, several in one ('IMAGE,MASK'), or the words of a choice. */
export type WireType = string | readonly string[]

/**
 * Whether an output of one type may feed an input of another: equal, a wildcard, or any of their names in common.
 * `strict`: all of the output's names are among the input's.
 */
export function typesMatch(received: WireType, wanted: WireType, { strict = false } = {}): boolean {
  if (received === '*' || wanted === '*') return true
  if (typeof received !== 'string' || typeof wanted !== 'string') return choicesMatch(received, wanted)
  if (received === wanted) return true
  const gives = namesOf(received)
  const takes = new Set(namesOf(wanted))
  return strict ? gives.length > 0 && gives.every(name => takes.has(name)) : gives.some(name => takes.has(name))
}

function choicesMatch(received: WireType, wanted: WireType): boolean {
  if (typeof received === 'string' || typeof wanted === 'string') return received === 'COMBO' || wanted === 'COMBO'
  return received.length === wanted.length && received.every((word, index) => word === wanted[index])
}

const namesOf = (type: string) =>
  type
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '')
