import type { Owner } from '../access/principal.js'
import type { Links } from '../services.js'
import type { Upload } from '../store/store.js'

/** Where pictures of this door are to be had. */
export interface Urls {
  upload(upload: Pick<Upload, 'id' | 'artifact' | 'owner'>): string
  result(place: TaskPlace, artifact: string, owner: Owner): string
  preview(place: TaskPlace, number: number, owner: Owner): string
}

/** A task by its batch and its place in it. */
export interface TaskPlace {
  readonly batch: string
  readonly index: number
}

const PLACE = /^([0-9a-f-]{36})([-_])([0-7])$/

/** The id of a task. */
export const taskId = ({ batch, index }: TaskPlace): string => `${batch}-${index}`

/** Reads the id of a task ('-') or the name of its files ('_'); nothing if it is none. */
export function placeOf(text: string, separator: '-' | '_'): TaskPlace | undefined {
  const [, batch, found, index] = PLACE.exec(text) ?? []
  return batch !== undefined && found === separator ? { batch, index: Number(index) } : undefined
}

/** '.png' */
export const suffixOf = (artifact: string): string => artifact.slice(artifact.lastIndexOf('.'))

/** Makes URLs; what is somebody's is signed, for a picture in a page is fetched without the header that says who asks. */
export function openUrls(links: Links): Urls {
  const shown = (path: string, owner: Owner) => (owner === 'anonymous' ? path : links.sign(path))
  const folder = ({ batch, index }: TaskPlace) => `/outputs/${batch}_${index}`
  return {
    upload: ({ id, artifact, owner }) => shown(`/uploads/${id}${suffixOf(artifact)}`, owner),
    result: (place, artifact, owner) => shown(`${folder(place)}${suffixOf(artifact)}`, owner),
    preview: (place, number, owner) => {
      const url = shown(`${folder(place)}/preview.jpg`, owner)
      return `${url}${url.includes('?') ? '&' : '?'}v=${number}`
    },
  }
}
