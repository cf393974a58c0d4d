import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startServer } from '../serving.js'
import { startApp } from './app.js'
import { asker, openWire } from './asking.js'

/* S4 and hostile JSON: bodies that are too large, too slow, cut off, or made to break what reads them. */

const server = await startServer({ uploadBytes: 100_000 })
const { url, services, home } = server
const ask = asker(url)
const isWell = async (at = url) => assert.equal((await asker(at)('GET /api/health')).status, 200)

/** What each door says of a body that it does not take. */
const DOORS = [
  { line: 'POST /api/runs', malformed: 400, says: (json: Json) => json.code },
  { line: 'POST /api/generation/start', malformed: 422, says: (json: Json) => JSON.stringify(json.detail) },
  { line: 'POST /prompt', malformed: 400, says: (json: Json) => json.error.type },
  { line: 'POST /comfy/history', malformed: 400, says: (json: Json) => json.error.type },
]
// biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of it
type Json = any

/** An answer with its JSON. */
const WHOLE = /\r\n\r\n.*\}$/s

const head = (line: string, headers: Record<string, string | number>) =>
  `${line} HTTP/1.1\r\nHost: 127.0.0.1\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`

test('a body larger than its limit is refused before it is read, if it says so', async () => {
  for (const { line, says } of DOORS) {
    const wire = openWire(url)
    wire.socket.write(head(line, { 'Content-Length': 1 << 30 }))
    const text = await wire.until(WHOLE)
    assert.match(text, /^HTTP\/1\.1 413 /, line)
    assert.match(says(JSON.parse(text.slice(text.indexOf('\r\n\r\n')))), /too-large|at most \d+ bytes/)
    wire.socket.destroy()
  }
  await isWell()
})

test('a body that grows beyond its limit unannounced is refused when it does, and who sends on hears why', async () => {
  const chunk = Buffer.alloc(16 << 10, ' ')
  const framed = Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')])
  for (const line of ['POST /api/session', 'POST /api/auth/login']) {
    const wire = openWire(url)
    wire.socket.write(head(line, { 'Transfer-Encoding': 'chunked' }))
    for (let sent = 0; sent < 40; sent++) wire.socket.write(framed)
    wire.socket.write('0\r\n\r\n')
    assert.match(await wire.until(WHOLE), /^HTTP\/1\.1 413 /)
    // The connection is as good as before: the rest of the body was read, and not taken for a request.
    wire.socket.write(head('GET /api/health', {}))
    assert.match(await wire.until(/1\.1 413 .*1\.1 \d{3} /s), /HTTP\/1\.1 200 OK/)
    wire.socket.destroy()
  }
})

test('who sends a file that is too large hears so, however he sends it', async () => {
  const large = new Uint8Array(5_000_000)
  for (let i = 0; i < 10; i++) {
    for (const path of ['/api/artifacts', '/api/upload/image', '/upload/image']) {
      const form = new FormData()
      form.append(path === '/upload/image' ? 'image' : 'file', new Blob([large]), 'a.png')
      for (const body of path === '/api/artifacts' ? [form, large] : [form])
        assert.equal((await fetch(url + path, { method: 'POST', body })).status, 413, path)
    }
  }
  for (let i = 0; i < 100 && readdirSync(join(home, 'incoming')).length > 0; i++) await sleep(20)
  assert.deepEqual(readdirSync(join(home, 'incoming')), [], 'and nothing of it stays')
})

test('a body that comes a byte at a time is refused with 408, and its connection ends', async () => {
  const app = await startApp(services, { bodyMs: 150 })
  for (const { line, says } of DOORS) {
    const wire = openWire(app.url)
    wire.socket.write(head(line, { 'Content-Length': 1000 }))
    const drip = setInterval(() => wire.socket.write(' '), 20)
    const text = await wire.until(WHOLE)
    clearInterval(drip)
    assert.match(text, /^HTTP\/1\.1 408 /, line)
    assert.match(says(JSON.parse(text.slice(text.indexOf('\r\n\r\n')))), /too-slow|within 0\.15 s/)
    wire.socket.destroy()
  }
  await isWell(app.url)
})

test('a body that ends before it is whole starts nothing', async () => {
  const whole = JSON.stringify({ workflow: { version: 1, nodes: { say: { type: 'Echo', inputs: { value: 1 } } } } })
  for (const line of ['POST /api/runs', 'POST /prompt', 'POST /api/artifacts', 'POST /upload/image']) {
    const wire = openWire(url)
    wire.socket.end(
      head(line, { 'Content-Length': whole.length + 1, 'Content-Type': 'multipart/form-data; boundary=b' }) + whole,
    )
    await wire.closed
    assert.doesNotMatch(wire.text(), /^HTTP\/1\.1 2/, line)
  }
  assert.equal((await services.store.list('runs')).length, 0)
  await isWell()
})

test('lengths that contradict each other, or the body, are refused and smuggle nothing', async () => {
  const inner = head('POST /interrupt', { 'Content-Length': 0 })
  for (const [headers, body] of [
    [{ 'Content-Length': 2, 'Transfer-Encoding': 'chunked' }, `0\r\n\r\n${inner}`],
    [{ 'Content-Length': 'x' }, '{}'],
    [{ 'Content-Length': -1 }, '{}'],
    [{ 'Content-Length': '2, 3' }, '{}'],
    [{ 'Content-Length': '2\r\nContent-Length: 3' }, '{}'],
    [{ 'Transfer-Encoding': 'chunked' }, 'zz\r\n{}\r\n0\r\n\r\n'],
    [{ 'Transfer-Encoding': 'chunked, identity' }, `0\r\n\r\n${inner}`],
  ] as const) {
    const wire = openWire(url)
    wire.socket.end(head('POST /prompt', headers as Record<string, string>) + body)
    await wire.closed
    assert.match(wire.text(), /^HTTP\/1\.1 400 /, JSON.stringify(headers))
    assert.equal(wire.text().split('HTTP/1.1 ').length, 2, 'one answer')
  }
  // More than announced: what is too much is the next request, and none.
  const wire = openWire(url)
  wire.socket.end(`${head('POST /interrupt', { 'Content-Length': 2 })}{}garbage\r\n\r\n`)
  await wire.closed
  assert.match(wire.text(), /HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\n\r\n$/)
  await isWell()
})

test('what is no JSON is told so in the form of each door', async () => {
  for (const body of ['{', '', '{"a":1}}', "{'a':1}", 'undefined', 'NaN', Buffer.from([0x22, 0xff, 0x22]), '\u0000']) {
    for (const { line, malformed, says } of DOORS) {
      const { status, json } = await ask(line, { body })
      assert.equal(status, malformed, `${line} ${body}`)
      assert.match(says(json), /malformed|json_invalid/)
    }
  }
  for (const body of ['[]', 'null', '1', '"x"', '{}']) {
    for (const { line, malformed, says } of DOORS.slice(0, 2)) {
      const { status, json } = await ask(line, { body })
      assert.equal(status, malformed, `${line} ${body}`)
      assert.doesNotMatch(says(json), /malformed|json_invalid/, 'it is JSON, and not what is wanted')
    }
  }
})

test('a body may call itself what it likes, and may begin with a byte order mark', async () => {
  const body = '\uFEFF{"clear": false}'
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1', 'x'])
    assert.equal((await ask('POST /queue', { headers: { 'Content-Type': type }, body })).status, 200)
  for (const body of ['', '{', 'x'])
    assert.equal((await ask('POST /interrupt', { body })).status, 200, 'none is needed')
})

test('names that mean something to the language are refused, however they are written and wherever they stand', async () => {
  const name = (text: string) => text.replaceAll(/[a-z_]/g, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
  for (const key of [
    '__proto__',
    'constructor',
    'prototype',
    name('__proto__'),
    '__pr\\u006fto__',
    name('prototype'),
  ]) {
    for (const wrap of [
      (inner: string) => inner,
      (inner: string) => `{"prompt": ${inner}}`,
      (inner: string) => `{"workflow": {"version": 1, "nodes": {"a": [1, ${inner}]}}}`,
    ]) {
      for (const { line } of DOORS) {
        const { status } = await ask(line, { body: wrap(`{"${key}": {"polluted": 1, "prototype": {"polluted": 1}}}`) })
        assert.equal(status, 400, `${line} ${key}`)
      }
    }
  }
  assert.equal((await ask('GET /api/runs?__proto__=x&constructor=y&__proto__[polluted]=1')).status, 200)
  assert.equal(({} as Record<string, unknown>).polluted, undefined)
  assert.equal(Object.keys(Object.prototype).length, 0)
})

test('absurd nesting is refused, and nothing runs out of stack', async () => {
  const deep = (levels: number, open: string, close: string) => open.repeat(levels) + close.repeat(levels)
  for (const body of [
    deep(100, '[', ']'),
    deep(200_000, '[', ']'),
    deep(1_000_000, '[', ''),
    `${deep(100_000, '{"a":', '')}1${'}'.repeat(100_000)}`,
    `{"prompt": ${deep(5000, '[', ']')}}`,
  ])
    for (const { line, malformed } of DOORS)
      assert.match(String((await ask(line, { body })).status), malformed === 422 ? /^4(00|22)$/ : /^400$/, line)
  await isWell()
})

test('millions of faults cost no more than one', async () => {
  const body = `{"delete": [${'1,'.repeat(3_000_000)}1]}`
  const before = process.memoryUsage().heapTotal
  const { status, bytes } = await ask('POST /queue', { body })
  assert.equal(status, 400)
  assert(bytes.length < 10_000, 'and the answer is short')
  assert(process.memoryUsage().heapTotal - before < 300e6)
  const many = await ask('POST /queue', { body: `{"delete": [${'1,'.repeat(999)}1]}` })
  assert.equal(many.json.error.details.split('\n').length, 100, 'of few all are told, up to a hundred')
})
