import { customAlphabet } from 'nanoid'
import { own } from '../../engine/own.js'
import type { Owner } from '../access/principal.js'
import type { NamedFile, RunFile, Store } from '../store/store.js'
import { parsePrefix } from './file-names.js'
import type { Place } from './place.js'
import { isRecord } from './prompt.js'
import type { PromptDocument } from './prompt-document.js'
import type { PromptRun } from './prompt-run.js'

/** Gives results the names that ComfyUI would. */
export interface OutputNames {
  /** One place for each file, in order; those of one node are asked for at once. */
  name(run: PromptRun, document: PromptDocument, files: readonly RunFile[]): Promise<readonly Place[]>
}

const fiveLetters = customAlphabet('abcdefghijklmnopqrstuvwxyz', 5)
const secret = customAlphabet('0123456789abcdefghijklmnopqrstuvwxyz', 25)

/** Prefixes whose last number is remembered; the others are looked up. */
const REMEMBERED = 1000

/**
 * Opens the names of results: `<name>_00001_.png`, counted for each owner and name; previews `ComfyUI_temp_abcde_…`.
 * @param isShared whether strangers share what is anonymous: then its names must not be guessable, so a random
 * subfolder, which every client sends along, stands before them.
 */
export function openOutputNames(store: Store, isShared: boolean): OutputNames {
  const counters = new Map<string, Promise<{ last: number }>>()

  const look = async (owner: Owner, subfolder: string, prefix: string) => {
    const files = await store.list('names', { where: { owner, folder: 'output', subfolder } })
    return { last: Math.max(0, ...files.map(file => numberOf(file, prefix))) }
  }
  const count = async (owner: Owner, subfolder: string, prefix: string): Promise<number> => {
    const key = `${owner}/${subfolder}/${prefix}`
    const counter = counters.get(key) ?? look(owner, subfolder, prefix)
    counters.delete(key)
    counters.set(key, counter)
    for (const oldest of counters.keys()) {
      if (counters.size <= REMEMBERED) break
      counters.delete(oldest)
    }
    const found = await counter
    found.last++
    return found.last
  }

  return {
    name: async (run, { prompt }, files) => {
      const hides = isShared && run.owner === 'anonymous'
      const hidden = hides ? secret() : ''
      const temp = `ComfyUI_temp_${fiveLetters()}`
      const taken = new Map<string, number>()
      const nextOf = (key: string) => {
        const next = (taken.get(key) ?? 0) + 1
        taken.set(key, next)
        return next
      }
      const places: Place[] = []
      for (const file of files) {
        const fill = filler(file, nextOf(`node ${file.node}`) - 1, run)
        const prefix = file.preview ? temp : plain(fill(file.name))
        const asked = file.preview ? '' : fill(subfolderOf(prompt[file.node]))
        const subfolder = [hidden, asked].filter(part => part !== '').join('/')
        const isCounted = !file.preview && !hides
        const number = isCounted ? await count(run.owner, subfolder, prefix) : nextOf(`${subfolder}/${prefix}`)
        const extension = file.artifact.slice(file.artifact.lastIndexOf('.') + 1)
        const name = `${prefix}_${String(number).padStart(5, '0')}_.${extension}`
        places.push({ folder: file.preview ? 'temp' : 'output', subfolder, name })
      }
      return places
    },
  }
}

/** SaveImage's prefix may begin with a folder; the rest of it came to us as the file's name. */
function subfolderOf(node: unknown): string {
  const inputs = isRecord(node) ? own(node, 'inputs') : undefined
  const prefix = isRecord(inputs) ? own(inputs, 'filename_prefix') : undefined
  return (typeof prefix === 'string' && parsePrefix(prefix)?.subfolder) || ''
}

/** Replaces what a prefix may hold: `%width%`, `%year%`, … Times are the server's, when the file is named. */
function filler({ width, height }: RunFile, batch: number, { endedAt }: PromptRun): (text: string) => string {
  const time = new Date(endedAt ?? Date.now())
  const two = (number: number) => String(number).padStart(2, '0')
  const values: Readonly<Record<string, string>> = {
    width: String(width),
    height: String(height),
    batch_num: String(batch),
    year: String(time.getFullYear()),
    month: two(time.getMonth() + 1),
    day: two(time.getDate()),
    hour: two(time.getHours()),
    minute: two(time.getMinutes()),
    second: two(time.getSeconds()),
  }
  return text => text.replace(/%([a-z_]+)%/g, (token, name: string) => own(values, name) ?? token)
}

/** The number in a name of this prefix; 0 if it is of another. */
function numberOf({ name }: NamedFile, prefix: string): number {
  if (!name.startsWith(`${prefix}_`)) return 0
  const [, number = '0'] = /^_(\d{1,15})_\.[a-z0-9]+$/.exec(name.slice(prefix.length)) ?? []
  return Number(number)
}

/** A plugin's sink may name its file as it likes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
const plain = (name: string) => name.replace(/[\u0000-\u001f\u007f/\\]/g, '_').slice(0, 120) || 'portrait'
