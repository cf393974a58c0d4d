import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { packageRoot } from '../../engine/root.js'
import { engineBench } from './engine.js'
import { portraitBench } from './portrait.js'
import { serverBench } from './server.js'
import { toMarkdown } from './table.js'

/** `npm run bench -- [--photos folder]`: measures everything and writes the tables into test/bench/README.md. */
const { values } = parseArgs({ options: { photos: { type: 'string' } } })
const README = join(packageRoot(), 'test', 'bench', 'README.md')
const MARK = '<!-- measured -->'

const machine = `Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model.trim()}, load ${loadavg()[0]?.toFixed(2)} at the start.`
const measured = [...(await portraitBench(values.photos)), ...(await engineBench()), ...(await serverBench())]
const tables = measured.map(toMarkdown)
const [words] = (await readFile(README, 'utf8')).split(MARK)
await writeFile(README, [`${words?.trimEnd()}\n`, MARK, machine, ...tables, ''].join('\n\n'))
process.stdout.write(`${tables.join('\n\n')}\n`)
