import { stat } from 'node:fs/promises'
import type { Services } from '../services.js'
import { Conflict, type NamedFile, type RunFile } from '../store/store.js'
import { namedFile } from './named-files.js'
import type { OutputNames } from './output-names.js'
import type { Place } from './place.js'
import type { PromptDocuments } from './prompt-document.js'
import type { PromptRun } from './prompt-run.js'

/** A file that a prompt made, or that was remembered from an earlier one. */
export interface PromptFile extends RunFile {
  readonly remembered: boolean
}

/** The files of prompts under the names that ComfyUI would give them. */
export interface PromptFiles {
  /**
   * One place for each file, in order; on disk before it is answered. A file that this run has named keeps its name
   * however often it is asked for: when its node finishes, at the run's end, and in a second go after a death.
   */
  place(run: PromptRun, files: readonly PromptFile[]): Promise<readonly Place[]>
  /** What the run has named so far, the oldest first. */
  kept(run: PromptRun): Promise<readonly NamedFile[]>
}

/** A name that was counted may be taken by an upload; the count has gone on by then. */
const ATTEMPTS = 100

/** Opens the files of prompts; their rows in the table of names are all that is remembered of them. */
export function openPromptFiles(
  { store, artifacts }: Services,
  documents: PromptDocuments,
  names: OutputNames,
): PromptFiles {
  const inOrder = oneAfterAnother()

  // With its owner: an id that was forgotten may come again from somebody else.
  const kept = ({ id, owner }: PromptRun) => store.list('names', { where: { run: id, owner }, order: 'oldest' })

  /** A result that was remembered is the file that it was then, if the same prompt asks again. */
  const find = async ({ owner, memo }: PromptRun, { artifact, name }: RunFile): Promise<Place | undefined> => {
    const where = { owner, folder: 'output', artifact, stamp: memo.document } as const
    const files = await store.list('names', { where, order: 'oldest' })
    return files.find(file => file.name.startsWith(`${name}_`))
  }
  /** Previews get new names each time: they go with the prompt that showed them. */
  const findRemembered = (run: PromptRun, file: PromptFile) =>
    file.remembered && !file.preview ? find(run, file) : undefined

  const place = async (run: PromptRun, files: readonly PromptFile[]): Promise<readonly Place[]> => {
    const own = takeEach(await kept(run), files)
    const known = await Promise.all(files.map((file, index) => own[index] ?? findRemembered(run, file)))
    const unknown = files.filter((_, index) => !known[index])
    if (unknown.length === 0) return known as Place[]
    const document = (await documents.read(run.memo.document)) ?? { prompt: {}, extra: {}, outputs: [] }
    const places = await names.name(run, document, unknown)
    const rows = await Promise.all(unknown.map((file, index) => rowOf(run, file, places[index] as Place)))
    await store.commit(rows.map(create => ({ table: 'names', create })))
    const next = rows.values()
    return known.map(place => place ?? (next.next().value as Place))
  }

  const rowOf = async ({ id: run, owner, memo }: PromptRun, { node, artifact }: RunFile, place: Place) =>
    namedFile(owner, place, { artifact, bytes: await sizeOf(artifact), run, node, stamp: memo.document })
  const sizeOf = async (artifact: string) => (artifacts.has(artifact) ? (await stat(artifacts.path(artifact))).size : 0)

  return {
    kept,
    place: async (run, files) => {
      if (files.length === 0) return []
      for (let attempt = 1; ; attempt++) {
        try {
          return await inOrder(run.id, () => place(run, files))
        } catch (error) {
          if (!(error instanceof Conflict) || attempt === ATTEMPTS) throw error
        }
      }
    },
  }
}

/** The row of each file that has one: of its node and content, every row for one file only. */
function takeEach(rows: readonly NamedFile[], files: readonly RunFile[]): (NamedFile | undefined)[] {
  const left = [...rows]
  return files.map(file => {
    const index = left.findIndex(({ node, artifact }) => node === file.node && artifact === file.artifact)
    return index < 0 ? undefined : left.splice(index, 1)[0]
  })
}

/** Of one run's files one list after the other: two at once would each find no name and make one. */
function oneAfterAnother() {
  const last = new Map<string, Promise<unknown>>()
  return <T>(key: string, act: () => Promise<T>): Promise<T> => {
    const mine = (last.get(key) ?? Promise.resolve()).then(act, act)
    last.set(key, mine)
    const leave = () => void (last.get(key) === mine && last.delete(key))
    mine.then(leave, leave)
    return mine
  }
}
