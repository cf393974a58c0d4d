import type { Preview } from '../../engine/node.js'
import type { NodeState, RunState } from '../hub.js'

/** How far a live run is, in the replaced system's terms. */
export interface LiveView {
  /** Percent, from 0 to 99, and never less than it was: also when the run begins anew because its worker died. */
  progress(state: RunState): number
  /** Counts the pictures of the work, so that each has a URL of its own; 0 before the first. */
  previewNumber(state: RunState): number
}

/** Opens the view; the hub keeps one state object a live run, so that what is remembered goes with it. */
export function openLiveView(): LiveView {
  const highest = new WeakMap<RunState, number>()
  const newest = new WeakMap<RunState, { readonly preview: Preview; readonly number: number }>()
  return {
    progress: state => {
      const progress = Math.max(highest.get(state) ?? 0, percentOf(state))
      highest.set(state, progress)
      return progress
    },
    previewNumber: state => {
      const known = newest.get(state)
      const preview = state.preview?.preview
      if (!preview || known?.preview === preview) return known?.number ?? 0
      const number = (known?.number ?? 0) + 1
      newest.set(state, { preview, number })
      return number
    },
  }
}

function percentOf({ total, nodes }: RunState): number {
  if (total === 0) return 0
  const done = [...nodes.values()].reduce((sum, node) => sum + shareOf(node), 0)
  return Math.min(99, Math.floor((100 * done) / total))
}

function shareOf({ state, item, items, step, steps }: NodeState): number {
  if (state === 'finished' || state === 'cached') return 1
  if (state === 'failed' || items === 0) return 0
  return Math.min(1, (item + (steps > 0 ? step / steps : 0)) / items)
}

/** The steps of the sampling node; without one those of the plan. */
export function stepsOf({ nodes, total }: RunState, sampler: string | undefined): { step: number; steps: number } {
  const sampling = sampler === undefined ? undefined : nodes.get(sampler)
  if (sampling) return sampling
  if (sampler !== undefined) return { step: 0, steps: 0 }
  return { step: [...nodes.values()].filter(isDone).length, steps: total }
}

const isDone = ({ state }: NodeState) => state === 'finished' || state === 'cached'
