import { setTimeout as sleep } from 'node:timers/promises'
import type { WebSocket } from 'ws'
import type { Workflow } from '../../engine/index.js'
import { nativeClient } from './server-client.js'
import { type BenchServer, openSocket } from './server-process.js'
import { percentile } from './statistics.js'
import type { BenchTable } from './table.js'

const SOCKETS = 1000
const PICTURES = 40
const PICTURE_BYTES = 30_000
const EVERY_MS = 300

/** A thousand sockets that watch one run, pictures included. */
export async function socketTable(server: BenchServer): Promise<BenchTable> {
  const client = await nativeClient(server)
  await client.ended(await client.start(showing(1)))
  await sleep(500)
  const before = server.memory().server
  const delays: number[] = []
  let messages = 0
  const receiveFrame = (frame: Buffer) => {
    const made = frame.readDoubleBE(8 + frame.readUInt32BE(4))
    delays.push(performance.timeOrigin + performance.now() - made)
  }
  const sockets: WebSocket[] = []
  for (let n = 0; n < SOCKETS; n++)
    sockets.push(await openSocket(`${server.url}/api/socket`, () => messages++, receiveFrame))
  await sleep(500)
  const connected = server.memory().server
  const run = await client.start(showing(PICTURES))
  for (const ws of sockets) ws.send(JSON.stringify({ type: 'subscribe', run }))
  let highest = connected
  const watch = setInterval(() => {
    highest = Math.max(highest, server.memory().server)
  }, 250)
  await client.ended(run)
  await sleep(500)
  clearInterval(watch)
  for (const ws of sockets) ws.terminate()
  client.close()
  return {
    title: 'Server: 1,000 sockets that watch one run',
    note: `${PICTURES} pictures of ${PICTURE_BYTES / 1000} kB, one each ${EVERY_MS} ms. The delay is from the node's call in the worker process to the client's callback; all sockets are in one client process on the same two cores.`,
    head: ['what', 'value'],
    rows: [
      [
        'server before, connected, at most, MiB',
        [before, connected, highest].map(value => value.toFixed(0)).join(', '),
      ],
      ['KiB a socket, idle', ((1024 * (connected - before)) / SOCKETS).toFixed(1)],
      ['pictures that came', `${delays.length.toLocaleString('en')} of ${(SOCKETS * PICTURES).toLocaleString('en')}`],
      ['messages that came', messages.toLocaleString('en')],
      [
        'delay of a picture: median, p99, ms',
        [50, 99].map(percent => percentile(delays, percent).toFixed(0)).join(', '),
      ],
    ],
  }
}

const showing = (pictures: number): Workflow => ({
  version: 1,
  nodes: { show: { type: 'bench/Show', inputs: { pictures, bytes: PICTURE_BYTES, every: EVERY_MS } } },
})
