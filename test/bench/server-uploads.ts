import { randomFillSync } from 'node:crypto'
import sharp from 'sharp'
import { uploadPicture } from './server-load.js'
import type { BenchServer } from './server-process.js'
import { percentile, timesOf } from './statistics.js'
import type { BenchTable } from './table.js'

const UPLOADS = 200
const AT_ONCE = 4
const SIDE = 1320

/** What 200 uploads of 5 MB cost. */
export async function uploadTable(server: BenchServer): Promise<BenchTable> {
  const pictures: Buffer[] = []
  for (let n = 0; n < UPLOADS; n++) pictures.push(await noisyPicture())
  const before = server.memory().server
  let highest = before
  const watch = setInterval(() => {
    highest = Math.max(highest, server.memory().server)
  }, 100)
  const started = performance.now()
  const times = await timesOf(UPLOADS, AT_ONCE, index => uploadPicture(server, pictures[index] as Buffer))
  const seconds = (performance.now() - started) / 1000
  clearInterval(watch)
  const megabytes = pictures.reduce((sum, { length }) => sum + length, 0) / 1e6
  return {
    title: 'Server: uploads',
    note: `${UPLOADS} JPEG pictures of ${(megabytes / UPLOADS).toFixed(1)} MB, all different, ${AT_ONCE} at once; each is checked by decoding it, freed of its metadata and kept by its hash.`,
    head: ['what', 'value'],
    rows: [
      ['uploads a second', (UPLOADS / seconds).toFixed(1)],
      ['MB a second', (megabytes / seconds).toFixed(0)],
      ['one: median, p99, ms', `${percentile(times, 50).toFixed(0)}, ${percentile(times, 99).toFixed(0)}`],
      ['server before, at most, MiB', `${before.toFixed(0)}, ${highest.toFixed(0)}`],
    ],
  }
}

function noisyPicture(): Promise<Buffer> {
  const pixels = randomFillSync(Buffer.alloc(3 * SIDE * SIDE))
  const raw = { width: SIDE, height: SIDE, channels: 3 } as const
  return sharp(pixels, { raw }).jpeg({ quality: 98, chromaSubsampling: '4:4:4' }).toBuffer()
}
