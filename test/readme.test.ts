import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createRegistry, parseWorkflow, plan } from '../engine/index.js'
import { packageRoot } from '../engine/root.js'
import { pack } from '../nodes/index.js'
import { passingFolder, portrait } from './server/command.js'

const readme = readFileSync(join(packageRoot(), 'README.md'), 'utf8')
const { scripts, version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'))
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text = '']) => text)

test('every npm script that the README names is there', () => {
  const named = [...readme.matchAll(/npm (?:run )?(demo|test|bench|check)\b/g)].map(([, name]) => name ?? '')
  assert(named.length >= 2)
  for (const name of named) assert(scripts[name], name)
  assert.match(version, /^\d+\.\d+\.\d+$/)
})

test('the README’s workflow can be planned once it has a photo', () => {
  const [json = ''] = blocks('json')
  const workflow = parseWorkflow(json)
  const registry = createRegistry([pack])
  const nodes = { ...workflow.nodes, photo: { type: 'LoadImage', inputs: { image: 'a.png' } } }
  assert.equal(plan({ ...workflow, nodes }, registry).steps.length, 3)
})

test('the README’s program prints what it says', async () => {
  const [code = ''] = blocks('ts')
  const engine = new URL('../engine/index.js', import.meta.url).href
  const folder = passingFolder()
  const source = code.replace("'ip-to-portrait'", `'${engine}'`).replaceAll("'data/", `'${folder}/`)
  const lines: unknown[][] = []
  const log = console.log
  console.log = (...parts) => lines.push(parts)
  try {
    await import(`data:text/javascript,${encodeURIComponent(source)}`)
  } finally {
    console.log = log
  }
  assert.deepEqual(lines.at(-1), [[9]])
})

test('every command that the README shows is known, with its flags', async () => {
  const help = (await portrait(passingFolder(), ['help'])).out
  const flags = (await portrait(passingFolder(), ['run', 'portrait-quick', '--help'])).out
  const lines = blocks('sh').flatMap(block => block.split('\n').filter(line => line.includes('portrait ')))
  assert(lines.length >= 5)
  for (const line of lines) {
    const [, command = ''] = line.match(/portrait (\w+)/) ?? []
    assert(help.includes(`portrait ${command}`), line)
    if (!line.includes('portrait-quick')) continue
    for (const [flag] of line.replace(/#.*/, '').matchAll(/--[a-z]+/g))
      assert(flags.includes(flag), `${flag} in: ${line}`)
  }
})
