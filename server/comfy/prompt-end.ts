import { stat } from 'node:fs/promises'
import type { Report } from '../report.js'
import type { Services } from '../services.js'
import { type Change, Conflict, type RunFile } from '../store/store.js'
import { namedFile } from './named-files.js'
import { nodeLists, promptEnd } from './node-outputs.js'
import type { OutputNames } from './output-names.js'
import type { Place } from './place.js'
import type { PromptDocuments } from './prompt-document.js'
import { isPrompt, type KeptEnd, type PromptEnd, type PromptRun } from './prompt-run.js'

/** Tells what came of prompts. */
export interface PromptEnds {
  /** Of one that has ended: its files get their names the first time that anybody asks. */
  of(run: PromptRun): Promise<PromptEnd>
}

/** A name that was counted may be taken by an upload; the count has gone on by then. */
const ATTEMPTS = 100

/** Opens the ends of prompts; what they are is kept in the run's row, names and all in one piece. */
export function openPromptEnds(
  { store, artifacts }: Services,
  documents: PromptDocuments,
  names: OutputNames,
): PromptEnds {
  const underway = new Map<string, Promise<PromptEnd>>()

  const read = async ({ report }: PromptRun): Promise<Report | undefined> => {
    if (report === undefined || !artifacts.has(report)) return undefined
    return JSON.parse(Buffer.from(await artifacts.read(report)).toString('utf8'))
  }

  /** A result that was remembered is the file that it was then, if the same prompt asks again. */
  const find = async ({ owner, memo }: PromptRun, { artifact, name }: RunFile): Promise<Place | undefined> => {
    const where = { owner, folder: 'output', artifact, stamp: memo.document } as const
    const files = await store.list('names', { where })
    return files.find(file => file.name.startsWith(`${name}_`))
  }

  const settle = async (given: PromptRun): Promise<PromptEnd> => {
    // Read anew: another may have come first, and what was handed over may be older than the end.
    const row = await store.get('runs', given.id)
    const run = isPrompt(row) ? row : given
    if (run.memo.end) return whole(run, run.memo.end)
    const report = await read(run)
    const files = run.files ?? []
    const remembered = await Promise.all(files.map(file => (wasRemembered(report, file) ? find(run, file) : undefined)))
    const document = (await documents.read(run.memo.document)) ?? { prompt: {}, extra: {}, outputs: [] }
    const fresh = await names.name(
      run,
      document,
      files.filter((_, index) => !remembered[index]),
    )
    const next = fresh.values()
    const places = files.map((_, index) => remembered[index] ?? (next.next().value as Place))
    const end = promptEnd(report, files, places)
    if (!row) return end
    const rows = await Promise.all(
      files.flatMap((file, index) => (remembered[index] ? [] : [rowOf(run, file, places[index] as Place)])),
    )
    const memo = { ...run.memo, end: keptEnd(end) }
    if (rows.length > 0) {
      const changes: Change[] = rows.map(create => ({ table: 'names', create }))
      await store.commit([...changes, { table: 'runs', put: { ...run, memo } }])
    } else {
      // Without a name in it this can be told anew at any time: nobody has to wait until the disk has it.
      store.update('runs', run.id, row => ({ ...row, memo })).catch(() => {})
    }
    return end
  }

  const whole = async (run: PromptRun, { cached, executed, ...end }: KeptEnd): Promise<PromptEnd> =>
    cached && executed ? { ...end, cached, executed } : { ...end, ...nodeLists(await read(run)) }

  const settleOnce = async (run: PromptRun): Promise<PromptEnd> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await settle(run)
      } catch (error) {
        if (!(error instanceof Conflict) || attempt === ATTEMPTS) throw error
      }
    }
  }

  const rowOf = async (run: PromptRun, { artifact }: RunFile, place: Place) => {
    const bytes = await sizeOf(artifact)
    return namedFile(run.owner, place, { artifact, bytes, run: run.id, stamp: run.memo.document })
  }
  const sizeOf = async (artifact: string) => (artifacts.has(artifact) ? (await stat(artifacts.path(artifact))).size : 0)

  return {
    of: run => {
      if (run.memo.end) return whole(run, run.memo.end)
      const known = underway.get(run.id)
      if (known) return known
      const settling = settleOnce(run).finally(() => underway.delete(run.id))
      underway.set(run.id, settling)
      return settling
    },
  }
}

/** Ids in a row. */
const MOST_IDS = 100

const keptEnd = ({ cached, executed, ...end }: PromptEnd): KeptEnd =>
  cached.length + executed.length <= MOST_IDS ? { ...end, cached, executed } : end

/** Previews get new names each time: they go with the prompt that showed them. */
const wasRemembered = (report: Report | undefined, { node, preview }: RunFile) =>
  !preview && report?.nodes[node]?.state === 'cached'
