import { type FileHandle, open } from 'node:fs/promises'
import type { Request } from 'express'
import type { Artifacts } from '../../engine/artifacts.js'
import type { SavedFormat } from '../../nodes/image/encode.js'
import { notFound } from '../http/refusal.js'
import type { Answer } from '../http/route.js'
import { isKnown, spanOf } from './conditions.js'
import { type DerivedPictures, openDerivedPictures } from './derived-pictures.js'
import { disposition, mimeOf, SAFE_HEADERS } from './file-headers.js'

/** How a file is answered. */
export interface ServeOptions {
  /** As the file is called where it is saved; by default the beginning of its hash. */
  readonly name?: string
  /** To be saved rather than shown. */
  readonly download?: boolean
  /** Caches that serve many people may keep it. */
  readonly isPublic?: boolean
  readonly size?: number
  readonly format?: SavedFormat
}

/** Answers files over HTTP. Who may read them is for the caller to ask first. */
export interface ArtifactServing {
  /**
   * Answers an artifact: whole, in part, smaller, in another format, or that it is known already.
   * @throws Refusal 404 when it is not there, 400 when a form is asked of what is no picture.
   */
  answer(request: Request, artifact: string, options?: ServeOptions): Promise<Answer>
}

/** Opens the answering of files; every door may have its own. */
export function openArtifactServing(home: string, artifacts: Artifacts): ArtifactServing {
  const derived = openDerivedPictures(home, artifacts)
  return {
    answer: async (request, artifact, options = {}) => {
      if (!artifacts.has(artifact)) throw notFound('File')
      const source = await sourceOf(artifact, options, artifacts, derived)
      const file = await open(source.path).catch(() => Promise.reject(notFound('File')))
      try {
        const answer = await answerFile(request, file, { ...source, artifact, options })
        if (!answer.stream) await file.close()
        return answer
      } catch (error) {
        await file.close()
        throw error
      }
    },
  }
}

interface Source {
  readonly path: string
  readonly etag: string
}

async function sourceOf(
  artifact: string,
  { size, format }: ServeOptions,
  artifacts: Artifacts,
  derived: DerivedPictures,
): Promise<Source> {
  const hash = artifact.slice(0, 64)
  const own = artifact.slice(65).replace('jpg', 'jpeg')
  if (size === undefined && (format === undefined || format === own))
    return { path: artifacts.path(artifact), etag: `"${hash}"` }
  const path = await derived.path(artifact, { ...(size === undefined ? {} : { size }), ...(format ? { format } : {}) })
  return { path, etag: `"${hash}-${size ?? 'whole'}-${format ?? 'webp'}"` }
}

/** As many bytes as `sniffFormat` looks at. */
const HEAD_BYTES = 64

async function answerFile(
  { method, headers }: Request,
  file: FileHandle,
  { etag, artifact, options }: Source & { readonly artifact: string; readonly options: ServeOptions },
): Promise<Answer> {
  const { size } = await file.stat()
  const head = Buffer.alloc(Math.min(HEAD_BYTES, size))
  await file.read(head, 0, head.length, 0)
  const mime = mimeOf(head, artifact)
  const common = {
    ...SAFE_HEADERS,
    ETag: etag,
    'Accept-Ranges': 'bytes',
    'Cache-Control': `${options.isPublic ? 'public' : 'private'}, max-age=31536000, immutable`,
  }
  if (isKnown(headers, etag)) return { status: 304, headers: common }
  const kind = options.download || !mime.startsWith('image/') ? 'attachment' : 'inline'
  const named = {
    ...common,
    'Content-Type': mime,
    'Content-Disposition': disposition(kind, nameOf(options, artifact, mime)),
  }
  const span = method === 'GET' ? spanOf(headers, size, etag) : undefined
  if (span === 'outside') return { status: 416, headers: { ...SAFE_HEADERS, 'Content-Range': `bytes */${size}` } }
  const { start, end } = span ?? { start: 0, end: size - 1 }
  const sized = { ...named, 'Content-Length': String(end - start + 1) }
  if (method === 'HEAD' || size === 0) return { status: 200, headers: sized }
  const stream = file.createReadStream({ start, end })
  if (!span) return { status: 200, headers: sized, stream }
  return { status: 206, headers: { ...sized, 'Content-Range': `bytes ${start}-${end}/${size}` }, stream }
}

/** With the extension that its content has, whatever it was called. */
function nameOf({ name }: ServeOptions, artifact: string, mime: string): string {
  const extension = mime.startsWith('image/') ? mime.slice(6).replace('jpeg', 'jpg') : artifact.slice(65)
  return `${name ?? artifact.slice(0, 12)}.${extension}`
}
