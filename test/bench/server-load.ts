import sharp from 'sharp'
import { chain } from './graphs.js'
import { comfyClient, nativeClient, type RunClient } from './server-client.js'
import type { BenchServer } from './server-process.js'
import { percentile, timesOf } from './statistics.js'
import type { BenchTable } from './table.js'

const REQUESTS = 4000
const AT_ONCE = 16

/** How many requests of each kind are answered a second, and how long the slowest take. */
export async function loadTable(server: BenchServer): Promise<BenchTable> {
  const [run, prompt] = [await runOnce(await nativeClient(server)), await runOnce(await comfyClient(server))]
  const noise = Buffer.from(Uint8Array.from({ length: 3 * 512 * 512 }, (_, place) => (place * 7919) >> 3))
  const picture = await sharp(noise, { raw: { width: 512, height: 512, channels: 3 } })
    .jpeg({ quality: 95 })
    .toBuffer()
  const artifact = await uploadPicture(server, picture)
  const paths = [
    ['health', '/api/health'],
    ['a run', `/api/runs/${run}`],
    ['20 runs of the list', '/api/runs?limit=20'],
    [`a picture of ${Math.round(picture.length / 1024)} KiB`, `/api/artifacts/${artifact}`],
    ['its thumbnail, made already', `/api/artifacts/${artifact}?size=128`],
    ["ComfyUI's /history of one prompt", `/history/${prompt}`],
    ["ComfyUI's /queue", '/queue'],
  ] as const
  const rows: string[][] = []
  for (const [name, path] of paths) {
    const get = async () => {
      const { status, body } = await server.request('GET', path)
      if (status !== 200) throw new Error(`${path} must answer, but: ${status} ${body}`)
    }
    await timesOf(200, AT_ONCE, get)
    const started = performance.now()
    const times = await timesOf(REQUESTS, AT_ONCE, get)
    const seconds = (performance.now() - started) / 1000
    rows.push([
      name,
      (REQUESTS / seconds).toFixed(0),
      percentile(times, 50).toFixed(1),
      percentile(times, 99).toFixed(1),
    ])
  }
  return {
    title: 'Server: requests',
    note: `${REQUESTS.toLocaleString('en')} of each, ${AT_ONCE} at once over kept connections, from one other process of the same two cores.`,
    head: ['GET', 'a second', 'median ms', 'p99 ms'],
    rows,
  }
}

async function runOnce(client: RunClient): Promise<string> {
  const run = await client.start(chain.build(20))
  await client.ended(run)
  client.close()
  return run
}

/** Uploads a picture as a form and answers the artifact's name. */
export async function uploadPicture(server: BenchServer, picture: Buffer): Promise<string> {
  const boundary = 'bench-bench-bench'
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n`
  const body = Buffer.concat([Buffer.from(head), picture, Buffer.from(`\r\n--${boundary}--\r\n`)])
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` }
  const answer = await server.request('POST', '/api/artifacts', body, headers)
  if (answer.status >= 300) throw new Error(`An upload must be taken, but: ${answer.status} ${answer.body}`)
  return answer.json<{ artifact: string }>().artifact
}
