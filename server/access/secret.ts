import { hash, hkdfSync, randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { BadArguments } from '../exit.js'

const BYTES = 32
const LETTERS = 32

/**
 * Reads the secret that tokens and links are signed with: `PORTRAIT_SECRET`, or a file that is made once.
 * @throws BadArguments when it is too short, or the file is damaged; a new one would sign everybody out unasked.
 */
export async function readSecret(folder: string, environment: NodeJS.ProcessEnv = process.env): Promise<Uint8Array> {
  const given = environment.PORTRAIT_SECRET
  if (given) return fromText(given)
  const file = join(folder, 'secret')
  const bytes = (await readKept(file)) ?? (await keep(file, randomBytes(BYTES)))
  if (bytes.length === BYTES) return bytes
  throw new BadArguments(
    `The file ${file} must hold the ${BYTES} bytes that tokens and links are signed with, but holds ${bytes.length}. Put it back from a backup, or delete it: a new one is made then, everybody signs in again, and links given out before are worth nothing.`,
  )
}

/** A key of its own for each purpose, so that what signs one thing can never be made to sign another. */
export const keyFor = (secret: Uint8Array, purpose: 'tokens' | 'links'): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), `ip-to-portrait ${purpose}`, BYTES))

function fromText(text: string): Uint8Array {
  if (text.length >= LETTERS) return hash('sha256', text, 'buffer')
  throw new BadArguments(
    `PORTRAIT_SECRET must have at least ${LETTERS} characters, for whoever guesses it can be anybody, got ${text.length}; take a random one, such as from "openssl rand -hex 32".`,
  )
}

async function readKept(file: string): Promise<Uint8Array | undefined> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return undefined
  })
}

/** Puts the file there whole or not at all; where another process was first, its secret counts. */
async function keep(file: string, secret: Uint8Array): Promise<Uint8Array> {
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 })
  const temporary = `${file}.${randomUUID()}.part`
  try {
    await writeOwn(temporary, secret)
    // Not rename: it would replace the secret of whoever was first.
    await link(temporary, file)
    return secret
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return await readFile(file)
  } finally {
    await rm(temporary, { force: true })
  }
}

async function writeOwn(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
