import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodePng } from '../../nodes/image/png.js'
import { loadSharp } from '../../nodes/image/sharp.js'
import { startServer } from './serving.js'

test('however many ask for another form of a picture, two are made at once', async () => {
  const { url } = await startServer()
  const size = { width: 1500, height: 1500 }
  const body = await encodePng({ ...size, channels: 4, data: new Uint8Array(size.width * size.height * 4) })
  const form = new FormData()
  form.append('image', new Blob([body as Uint8Array<ArrayBuffer>]), 'a.png')
  assert.equal((await fetch(`${url}/upload/image`, { method: 'POST', body: form })).status, 200)
  const { artifact } = (await (
    await fetch(`${url}/api/artifacts`, { method: 'POST', body: new Blob([body as Uint8Array<ArrayBuffer>]) })
  ).json()) as { artifact: string }
  const sharp = await loadSharp()
  for (const path of [`/view?filename=a.png&type=input&channel=a&preview=webp;`, `/api/artifacts/${artifact}?size=`]) {
    let most = 0
    const look = setInterval(() => {
      most = Math.max(most, sharp.counters().process + sharp.counters().queue)
    }, 1)
    const answers = [16, 32, 64, 100].map(number => fetch(url + path + number))
    for (const answer of answers) assert.equal((await (await answer).arrayBuffer()).byteLength > 0, true)
    clearInterval(look)
    assert(most === 1 || most === 2, `${path}: ${most}`)
  }
})
