import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { fileURLToPath } from 'node:url'

/** Runs the built tests, or those whose path contains one of the given words: `npm test -- plan cache`. */
const here = dirname(fileURLToPath(import.meta.url))
const words = process.argv.slice(2)
const files = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.test.js') && (words.length === 0 || words.some(word => file.includes(word))))
  .map(file => join(here, file))
  .sort()

if (files.length === 0) {
  process.stderr.write(`No built test matches ${words.join(', ')}; run \`npm run build\` first.\n`)
  process.exitCode = 1
}
run({ files, concurrency: 2 })
  .on('test:fail', ({ todo }) => {
    if (todo === undefined || todo === false) process.exitCode = 1
  })
  .compose(new spec())
  .pipe(process.stdout)
