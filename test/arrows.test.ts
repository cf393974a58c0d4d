import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'
import { packageRoot } from '../engine/root.js'

/*
 *   engine ◄── models ◄── nodes ◄── server
 */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  engine: ['engine', 'ajv', 'piscina', 'nanoid'],
  models: ['engine', 'models', 'onnxruntime-node'],
  nodes: ['engine', 'models', 'nodes', 'sharp'],
  server: [
    ...['engine', 'models', 'nodes', 'server', 'ajv', 'bcrypt', 'busboy', 'express', 'helmet', 'jose', 'lowdb'],
    ...['nanoid', 'pino', 'prom-client', 'tinyglobby', 'ws'],
  ],
}

interface Import {
  readonly file: string
  /** A room of ours, a package, or 'node:'. */
  readonly from: string
  readonly typeOnly: boolean
}

const root = packageRoot()

const imports = Object.keys(ROOMS).flatMap(room =>
  readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .flatMap(file => importsOf(join(room, file))),
)

function importsOf(file: string): Import[] {
  const source = readFileSync(join(root, file), 'utf8')
  const statements = source.matchAll(/^(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'|\bimport\('([^']+)'\)/gm)
  return [...statements].map(([, type, from, dynamic = from]) => ({
    file,
    from: roomOf(file, dynamic ?? ''),
    typeOnly: type !== undefined,
  }))
}

function roomOf(file: string, specifier: string): string {
  if (specifier.startsWith('node:')) return 'node:'
  if (specifier.startsWith('.')) return relative(root, join(root, dirname(file), specifier)).split('/')[0] ?? ''
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

test('every room imports from itself and from those it stands on, and no package that is not its business', () => {
  assert(imports.length > 500)
  const strays = imports
    .filter(({ file, from, typeOnly }) => {
      const allowed = ROOMS[file.split('/')[0] ?? ''] ?? []
      // Types of a package cost nothing when the program runs.
      return from !== 'node:' && !allowed.includes(from) && !(typeOnly && !(from in ROOMS))
    })
    .map(({ file, from }) => `${file} imports ${from}`)
  assert.deepEqual(strays, [])
})

test('there is one door to ONNX Runtime, and one to lowdb', () => {
  const doors = (name: string) => [
    ...new Set(imports.filter(({ from, typeOnly }) => from === name && !typeOnly).map(({ file }) => file)),
  ]
  assert.deepEqual(doors('onnxruntime-node'), ['models/session.ts'])
  assert.deepEqual(doors('lowdb'), ['server/store/lowdb-store.ts'])
})
