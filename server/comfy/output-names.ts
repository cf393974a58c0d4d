import { customAlphabet } from 'nanoid'
import type { Owner } from '../access/principal.js'
import type { NamedFile, RunFile, Store } from '../store/store.js'
import type { Place } from './place.js'
import type { PromptRun } from './prompt-run.js'

/** Gives results the names that ComfyUI would. */
export interface OutputNames {
  /** One place for each file, in order; those of one run are asked for at once. */
  name(run: PromptRun, files: readonly RunFile[]): Promise<readonly Place[]>
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

  const look = async (owner: Owner, prefix: string) => {
    const files = await store.list('names', { where: { owner, folder: 'output', subfolder: '' } })
    return { last: Math.max(0, ...files.map(file => numberOf(file, prefix))) }
  }
  const count = async (owner: Owner, prefix: string): Promise<number> => {
    const key = `${owner}/${prefix}`
    const counter = counters.get(key) ?? look(owner, prefix)
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
    name: async (run, files) => {
      const hides = isShared && run.owner === 'anonymous'
      const subfolder = hides ? secret() : ''
      const temp = `ComfyUI_temp_${fiveLetters()}`
      const numbers = new Map<string, number>()
      const places: Place[] = []
      for (const file of files) {
        const prefix = file.preview ? temp : plain(file.name)
        const next = (numbers.get(prefix) ?? 0) + 1
        numbers.set(prefix, next)
        const number = file.preview || hides ? next : await count(run.owner, prefix)
        const extension = file.artifact.slice(file.artifact.lastIndexOf('.') + 1)
        const name = `${prefix}_${String(number).padStart(5, '0')}_.${extension}`
        places.push({ folder: file.preview ? 'temp' : 'output', subfolder, name })
      }
      return places
    },
  }
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
