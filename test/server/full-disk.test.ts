import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { readFile, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { packageRoot } from '../../engine/root.js'
import { startServer } from './serving.js'

/** Mounts a disk of its own on an empty folder until the test file ends; answers why not, if it cannot. */
function mountSmallDisk(folder: string, megabytes: number): string | undefined {
  const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder])
  if (status !== 0) return `a small file system cannot be mounted here: ${stderr ?? error}`
  after(() => {
    spawnSync('umount', ['-l', folder])
    rmdirSync(folder)
  })
  return undefined
}

/** Takes all room but a little; answers how to give it back. */
async function fill(home: string, butBytes: number): Promise<() => Promise<void>> {
  const { bavail, bsize } = await statfs(home)
  const ballast = join(home, `ballast but ${butBytes}`)
  await writeFile(ballast, Buffer.alloc(Math.max(0, bavail * bsize - butBytes)))
  return () => rm(ballast)
}

test('a full disk fails what needs room with a sentence, loses nothing, and is forgotten once there is room', async t => {
  const home = mkdtempSync(join(tmpdir(), 'portrait-disk-'))
  const cannot = mountSmallDisk(home, 48)
  if (cannot) return t.skip(cannot)
  const server = await startServer({ home })
  const call = async (path: string, body?: string | FormData) => {
    const response = await fetch(server.url + path, body === undefined ? {} : { method: 'POST', body })
    return { status: response.status, json: (await response.json()) as Record<string, unknown> }
  }
  const upload = async () => {
    const form = new FormData()
    form.append('file', new Blob([await readFile(join(packageRoot(), 'workflows', 'demo', 'reference.png'))]), 'a.png')
    return call('/api/artifacts', form)
  }
  const { artifact } = (await upload()).json
  // The picture is 0.8 MB as a file; what the run makes of it is more than is left.
  const save = (width: number) =>
    JSON.stringify({
      workflow: {
        version: 1,
        nodes: {
          load: { type: 'LoadImage', inputs: { image: artifact } },
          large: { type: 'ImageResize', inputs: { image: { node: 'load', output: 'image' }, width } },
          save: { type: 'SaveImage', inputs: { image: { node: 'large', output: 'image' } } },
        },
      },
    })
  const ended = async (id: unknown) => {
    for (;;) {
      const { json } = await call(`/api/runs/${id}`)
      if (json.status !== 'queued' && json.status !== 'running') return json
      await sleep(20)
    }
  }
  const free = await fill(home, 200_000)
  // A run is taken, for its row has room; what it makes has none.
  const taken = await call('/api/runs', save(2048))
  const row = await ended(taken.json.id)
  assert.equal(row.status, 'failed')
  assert.match(String(row.failure), /no space left/i)
  const freeAll = await fill(home, 0)
  const full = await upload()
  assert.deepEqual([full.status, full.json.code], [507, 'no-room'])
  assert.equal((await call('/api/health')).status, 200)
  await freeAll()
  await free()
  const later = await call('/api/runs', save(1024))
  assert.equal(later.status, 202)
  assert.equal((await ended(later.json.id)).status, 'finished')
  assert.equal((await upload()).status, 201)
  await server.close()
})
