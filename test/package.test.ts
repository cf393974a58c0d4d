import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { packageRoot } from '../engine/root.js'

const root = packageRoot()

test('the package carries what it needs to run, and neither sources, tests nor foreign packages', () => {
  const json = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [{ files, size }] = JSON.parse(json) as [{ files: { path: string }[]; size: number }]
  const paths = files.map(({ path }) => path)
  for (const wanted of [
    'dist/server/cli.js',
    'dist/engine/lane-thread.js',
    'dist/models/weights/face-mesh.tflite',
    'dist/models/weights/fr-feature.onnx',
    'engine/workflow.schema.json',
    'workflows/portrait-quick.json',
    'NOTICE',
    'LICENSE',
    'README.md',
  ])
    assert(paths.includes(wanted), wanted)
  const stray = paths.filter(path => /node_modules|^dist\/test|^test|(?<!\.d)\.ts$|\.wasm$/.test(path))
  assert.deepEqual(stray, [])
  assert(size < 12e6, `${size} bytes packed`)
})

test('every entry point of the package is there after the build', () => {
  const { exports, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  for (const file of [...Object.values<string>(exports), ...Object.values<string>(bin)]) {
    assert(existsSync(join(root, file)), file)
  }
})
