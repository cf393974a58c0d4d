import { hash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, realpath, rm, symlink } from 'node:fs/promises'
import { createConnection, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../engine/errors.js'

/*
 * Who has a folder listens on a socket in it: the kernel ends that with the process, however it dies, so that nothing
 * has to be believed that was written down before. A starter listens first and then asks the others. Of two that start
 * together at least one therefore meets the other, and the one with the later name stands back. As every socket has a
 * name of its own, removing a dead one cannot take away a living one's.
 */
const NAME = /^lock-[0-9a-f]{8}$/
const PATIENCE_MS = 2000

/**
 * Takes a folder for this process, and makes it if need be; the answer gives it back.
 * @throws when a living process has it.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true })
  const real = await realpath(folder)
  return process.platform === 'win32' ? lockPipe(real) : lockSocket(real)
}

async function lockSocket(folder: string): Promise<() => Promise<void>> {
  const name = `lock-${randomBytes(4).toString('hex')}`
  const door = await shortDoor(folder)
  let state = 'starting'
  const server = await listen(join(door.path, name), folder, () => state)
  const unlock = async () => {
    server.close()
    await rm(join(folder, name), { force: true })
  }
  try {
    for (const other of await readdir(folder))
      if (NAME.test(other) && other !== name) await outlive(folder, door.path, name, other)
    state = 'running'
    return unlock
  } catch (error) {
    await unlock()
    throw error
  } finally {
    await door.close()
  }
}

/** Waits until another is known to be gone. @throws when it stays. */
async function outlive(folder: string, door: string, name: string, other: string): Promise<void> {
  for (;;) {
    const answer = await ask(join(door, other))
    if (!answer) return rm(join(folder, other), { force: true })
    const standsBack = answer.state === 'leaving' || (answer.state === 'starting' && name < other)
    if (!standsBack) throw inUse(folder, answer.process)
    await sleep(10)
  }
}

const inUse = (folder: string, process?: string) =>
  new Error(
    `The folder ${folder} is in use by another server${process ? ` (process ${process})` : ''}. Stop that one, or give this one a folder of its own with PORTRAIT_HOME.`,
  )

/** What the process behind a socket says; nothing if there is none. */
async function ask(path: string): Promise<{ state: string; process?: string } | undefined> {
  const socket = createConnection(path)
  // A process that is stopped or very busy takes the call and says nothing: it lives.
  const patience = setTimeout(() => socket.destroy(new Error('no answer')), PATIENCE_MS)
  try {
    const [state, process] = (await text(socket)).split(' ')
    return { state: state || 'leaving', ...(process ? { process } : {}) }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ECONNREFUSED' || code === 'ENOENT') return undefined
    // It closed its socket before it took the call; the next one tells whether it is gone.
    return { state: code === 'ECONNRESET' ? 'leaving' : 'silent' }
  } finally {
    clearTimeout(patience)
  }
}

async function listen(path: string, folder: string, state = () => 'running'): Promise<Server> {
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.end(`${state()} ${process.pid}`)
  })
  try {
    await once(server.listen(path), 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') throw inUse(folder)
    const cure = 'Give the server a folder that it may write to, on a disk of this machine, with PORTRAIT_HOME'
    throw new Error(`The folder ${folder} cannot be locked: ${messageOf(error)}. ${cure}.`, { cause: error })
  }
  // To have the folder is no reason to live on.
  return server.unref()
}

/** The path of a folder for sockets, whose whole paths the kernel limits to some 100 bytes. */
async function shortDoor(folder: string): Promise<{ readonly path: string; close(): Promise<void> }> {
  if (Buffer.byteLength(folder) < 80) return { path: folder, close: async () => {} }
  const passing = await mkdtemp(join(tmpdir(), 'portrait-'))
  await symlink(folder, join(passing, 'd'))
  return { path: join(passing, 'd'), close: () => rm(passing, { recursive: true, force: true }) }
}

/** Windows' pipes are no files, have one listener, and end with it. */
async function lockPipe(folder: string): Promise<() => Promise<void>> {
  const server = await listen(`\\\\.\\pipe\\ip-to-portrait-${hash('sha256', folder.toLowerCase())}`, folder)
  return async () => void server.close()
}
