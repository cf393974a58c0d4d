import type { ExecutionEvent } from '../../engine/event.js'
import { savedFiles } from '../export.js'
import type { Report } from '../report.js'
import type { Services } from '../services.js'
import { nodeLists, nodeOutput, type PlacedFile, promptEnd } from './node-outputs.js'
import type { PromptFiles } from './prompt-files.js'
import { hasEnded, isPrompt, type KeptEnd, type NodeOutput, type PromptEnd, type PromptRun } from './prompt-run.js'

/** Tells what came of prompts. */
export interface PromptEnds {
  /** What a node shows that has finished while its prompt may go on; its files have their names from now on. */
  shown(run: PromptRun, finished: NodeFinished): Promise<NodeOutput>
  /** Of a prompt that has ended: files that have no names yet get them the first time that anybody asks. */
  of(run: PromptRun): Promise<PromptEnd>
}

export type NodeFinished = Extract<ExecutionEvent, { type: 'node-finished' }>

/** Opens the ends of prompts; what they are is kept in the run's row, once it is known. */
export function openPromptEnds({ store, artifacts }: Services, promptFiles: PromptFiles): PromptEnds {
  const underway = new Map<string, Promise<PromptEnd>>()

  const read = async ({ report }: PromptRun): Promise<Report | undefined> => {
    if (report === undefined || !artifacts.has(report)) return undefined
    return JSON.parse(Buffer.from(await artifacts.read(report)).toString('utf8'))
  }

  const placed = async (run: PromptRun, report: Report | undefined): Promise<readonly PlacedFile[]> => {
    // It ended without telling what it made, as when its worker died: what was told along the way is all there is.
    if (run.report === undefined)
      return (await promptFiles.kept(run)).flatMap(place =>
        place.node === undefined ? [] : [{ node: place.node, place }],
      )
    const isRemembered = (node: string) => report?.nodes[node]?.state === 'cached'
    const files = (run.files ?? []).map(file => ({ ...file, remembered: isRemembered(file.node) }))
    const places = await promptFiles.place(run, files)
    return places.map((place, index) => ({ node: files[index]?.node ?? '', place }))
  }

  const settle = async (given: PromptRun): Promise<PromptEnd> => {
    // Read anew: another may have come first, and what was handed over may be older than the end.
    const row = await store.get('runs', given.id)
    const run = isPrompt(row) ? row : given
    if (run.memo.end) return whole(run, run.memo.end)
    const report = await read(run)
    const end = promptEnd(report, await placed(run, report))
    // The names are kept, so this can be told anew at any time: nobody has to wait until the disk has it.
    const memo = { ...run.memo, end: keptEnd(end) }
    store.update('runs', run.id, row => (hasEnded(row) ? { ...row, memo } : undefined)).catch(() => {})
    return end
  }

  const whole = async (run: PromptRun, { cached, executed, ...end }: KeptEnd): Promise<PromptEnd> =>
    cached && executed ? { ...end, cached, executed } : { ...end, ...nodeLists(await read(run)) }

  return {
    shown: async (run, { node, cached, outputs = {} }) => {
      const files = savedFiles(outputs).map(file => ({ node, ...file, remembered: cached }))
      return nodeOutput(await promptFiles.place(run, files), outputs)
    },
    of: run => {
      if (run.memo.end) return whole(run, run.memo.end)
      const known = underway.get(run.id)
      if (known) return known
      const settling = settle(run).finally(() => underway.delete(run.id))
      underway.set(run.id, settling)
      return settling
    },
  }
}

/** Ids in a row. */
const MOST_IDS = 100

const keptEnd = ({ cached, executed, ...end }: PromptEnd): KeptEnd =>
  cached.length + executed.length <= MOST_IDS ? { ...end, cached, executed } : end
