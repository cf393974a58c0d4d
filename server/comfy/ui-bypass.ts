import { typesMatch } from './type-match.js'
import type { UiNode } from './ui-document.js'

const WILDCARDS = new Set(['*', '', '0'])

/**
 * Which input a bypassed node hands through for one of its outputs, as ComfyUI's editor chooses: the one at the same
 * place if it fits, else the first of the wanted type, else the first that fits. Nothing if none does.
 */
export function passThrough({ inputs, outputs }: UiNode, slot: number, wanted: string): number | undefined {
  if (WILDCARDS.has(wanted)) return inputs.length === 0 ? undefined : slot < inputs.length ? slot : 0
  const same = inputs[slot]
  if (same && fits(same.type, outputs[slot]?.type ?? '*') && fits(same.type, wanted)) return slot
  const equal = inputs.findIndex(({ type }) => type === wanted)
  const found = equal >= 0 ? equal : inputs.findIndex(({ type }) => fits(type, wanted))
  return found >= 0 ? found : undefined
}

const fits = (a: string, b: string) =>
  WILDCARDS.has(a) || WILDCARDS.has(b) || typesMatch(a.toLowerCase(), b.toLowerCase())
