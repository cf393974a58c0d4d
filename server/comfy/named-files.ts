import type { Owner } from '../access/principal.js'
import { Conflict, type NamedFile, type Store } from '../store/store.js'
import type { Place } from './place.js'

/** Whose files a caller is shown. */
export interface Reader {
  readonly owner: Owner
  /** Whether lists show what is anonymous. */
  readonly seesAnonymous: boolean
}

/** What lies under a name. */
export interface Content {
  readonly artifact: string
  readonly bytes: number
  readonly run?: string
  /** Which node of the run made it. */
  readonly node?: string
  /** The artifact of the prompt that is written into the file whenever it is shown. */
  readonly stamp?: string
}

/** The files that ComfyUI's clients know by folder, subfolder and name. */
export interface NamedFiles {
  /** The reader's own file of this name, else one of nobody's: whoever knows that name may have it. */
  find(reader: Reader, place: Place): Promise<NamedFile | undefined>
  /** What the reader's lists show of a folder, by path; with `subfolder`, only what lies right in it. */
  list(reader: Reader, folder: Place['folder'], subfolder?: string): Promise<readonly NamedFile[]>
  /** Keeps a file under a name, in place of what had it. */
  put(owner: Owner, place: Place, content: Content): Promise<NamedFile>
  /** Keeps a file under the first free name of 'a.png', 'a (1).png', …, or answers the one that has this content already. */
  add(owner: Owner, place: Place, content: Content): Promise<NamedFile>
  remove(file: NamedFile): Promise<void>
}

/** The key of a named file. Neither owner nor folder nor name has a slash, so that no two places share one. */
export const nameId = (owner: Owner, { folder, subfolder, name }: Place): string =>
  `${owner}/${folder}/${subfolder}/${name}`

/** The row of a named file. */
export function namedFile(owner: Owner, place: Place, content: Content, createdAt = Date.now()): NamedFile {
  const artifacts = content.stamp === undefined ? [content.artifact] : [content.artifact, content.stamp]
  const { folder, subfolder, name } = place
  return {
    id: nameId(owner, place),
    owner,
    folder,
    subfolder,
    name,
    ...content,
    artifacts,
    createdAt,
    updatedAt: Date.now(),
  }
}

/** Whose rows a reader's lists show. */
export const listedOwners = ({ owner, seesAnonymous }: Reader): Owner[] => [
  ...(owner === 'anonymous' ? [] : [owner]),
  ...(seesAnonymous ? (['anonymous'] as const) : []),
]

/** Opens the names. */
export function openNamedFiles(store: Store): NamedFiles {
  return {
    find: async ({ owner }, place) =>
      (await store.get('names', nameId(owner, place))) ??
      (owner === 'anonymous' ? undefined : await store.get('names', nameId('anonymous', place))),
    list: async (reader, folder, subfolder) => {
      const owner = listedOwners(reader)
      if (owner.length === 0) return []
      const where = { owner, folder, ...(subfolder === undefined ? {} : { subfolder }) }
      const files = await store.list('names', { where })
      return [...files].sort(byPath)
    },
    put: async (owner, place, content) => {
      const old = await store.get('names', nameId(owner, place))
      const row = namedFile(owner, place, content, old?.createdAt)
      await store.commit([{ table: 'names', put: row }])
      return row
    },
    add: async (owner, place, content) => {
      for (let number = 0; ; number++) {
        const row = namedFile(owner, { ...place, name: numbered(place.name, number) }, content)
        const old = await store.get('names', row.id)
        if (old?.artifact === content.artifact) return old
        if (!old && (await create(store, row))) return row
      }
    },
    remove: ({ id }) => store.commit([{ table: 'names', remove: id }]),
  }
}

const byPath = (a: NamedFile, b: NamedFile) => compare(a.subfolder, b.subfolder) || compare(a.name, b.name)
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

function numbered(name: string, number: number): string {
  if (number === 0) return name
  const dot = name.lastIndexOf('.')
  const end = dot > 0 ? dot : name.length
  return `${name.slice(0, end)} (${number})${name.slice(end)}`
}

/** Answers false if another was quicker. */
async function create(store: Store, row: NamedFile): Promise<boolean> {
  try {
    await store.commit([{ table: 'names', create: row }])
    return true
  } catch (error) {
    if (error instanceof Conflict) return false
    throw error
  }
}
