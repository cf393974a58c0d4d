import { existsSync } from 'node:fs'
import { mkdir, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Artifacts, writeWhole } from '../../engine/artifacts.js'
import { MAXIMUM_PIXELS } from '../../nodes/image/decode.js'
import { SAVED_FORMATS, type SavedFormat } from '../../nodes/image/encode.js'
import { loadSharp } from '../../nodes/image/sharp.js'
import { Refusal } from '../http/refusal.js'
import { turns } from '../turns.js'

/** Another form of a picture: smaller, or in another format. */
export interface Derivation {
  /** The longer side in pixels, rounded up to a power of two, so that a picture has few thumbnails. */
  readonly size?: number
  readonly format?: SavedFormat
}

export const SIZES = { minimum: 16, maximum: 1024 } as const

/** Pictures that are made over at once; of a large one the decoder holds hundreds of megabytes. */
const AT_ONCE = 2

/** Makes forms of pictures once and keeps them until their picture goes. */
export interface DerivedPictures {
  /** Where the form lies. @throws Refusal 400 when the file is no picture */
  path(artifact: string, derivation: Derivation): Promise<string>
}

/** The folder of derived pictures in a home. */
export const derivedFolder = (home: string): string => join(home, 'thumbnails')

/** The names of all forms that a picture may have. */
export const derivedNames = (artifact: string): string[] =>
  [...powersOfTwo(), undefined].flatMap(size => SAVED_FORMATS.map(format => nameOf(artifact, size, format)))

const powersOfTwo = () => {
  const sizes: number[] = []
  for (let size: number = SIZES.minimum; size <= SIZES.maximum; size *= 2) sizes.push(size)
  return sizes
}

/** In folders of the first two digits, as artifacts are. */
const nameOf = (artifact: string, size: number | undefined, format: SavedFormat) =>
  join(artifact.slice(0, 2), `${artifact}-${size ?? 'whole'}.${format}`)

/** Opens the derived pictures of a home. */
export function openDerivedPictures(home: string, artifacts: Artifacts): DerivedPictures {
  const folder = derivedFolder(home)
  const making = new Map<string, Promise<string>>()
  const turn = turns(AT_ONCE)
  return {
    path: async (artifact, { size, format = 'webp' }) => {
      const side = size === undefined ? undefined : powersOfTwo().find(power => power >= size)
      const source = artifacts.path(artifact)
      const target = join(folder, nameOf(artifact, side, format))
      if (existsSync(target)) {
        // Of those that nobody looks at, the oldest go first.
        utimes(target, new Date(), new Date()).catch(() => {})
        return target
      }
      const made =
        making.get(target) ?? turn(() => make(source, target, side, format)).finally(() => making.delete(target))
      making.set(target, made)
      return made
    },
  }
}

async function make(source: string, target: string, side: number | undefined, format: SavedFormat): Promise<string> {
  const sharp = await loadSharp()
  const picture = sharp(source, { limitInputPixels: MAXIMUM_PIXELS, sequentialRead: true }).autoOrient()
  // A thumbnail is small enough to be in the colours of every screen; a whole picture keeps its own.
  const sized =
    side === undefined
      ? picture.keepIccProfile()
      : picture.resize(side, side, { fit: 'inside', withoutEnlargement: true })
  const flat = format === 'jpeg' ? sized.flatten({ background: '#fff' }) : sized
  await mkdir(dirname(target), { recursive: true })
  await writeWhole(target, async temporary => {
    await flat.toFormat(format, { quality: side === undefined ? 92 : 80 }).toFile(temporary)
  }).catch(() => Promise.reject(new Refusal(400, 'not-a-picture', 'Only pictures have other sizes and formats.')))
  return target
}
