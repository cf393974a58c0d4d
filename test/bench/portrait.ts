import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { bindParameters } from '../../engine/parameters.js'
import { packageRoot } from '../../engine/root.js'
import { compose, type System } from '../../server/compose.js'
import { readShipped } from '../../server/documents.js'
import type { Report } from '../../server/report.js'
import { prepareRun, runPrepared } from '../../server/runner.js'
import { median } from './statistics.js'
import type { BenchTable } from './table.js'

const run = promisify(execFile)
const DEMO = join(packageRoot(), 'workflows', 'demo')
const CLI = join(packageRoot(), 'dist', 'server', 'cli.js')
const REPEATS = 7

/** The pictures to pair: the bundled ones, and those of a folder if one is given. */
function photos(folder: string | undefined): string[] {
  const bundled = readdirSync(DEMO)
    .filter(file => /^(face|reference)\./.test(file))
    .map(file => join(DEMO, file))
  const more = folder === undefined || !existsSync(folder) ? [] : readdirSync(folder).map(file => resolve(folder, file))
  // The bundled reference is the astronaut of the evaluation folder.
  return [...bundled, ...more.filter(file => /\.(png|jpe?g)$/.test(file) && !file.endsWith('astronaut.png'))]
}

/** Runs `portrait-quick` in this process. */
async function portrait(system: System, face: string, reference: string): Promise<Report> {
  const { workflow, name, folder } = await readShipped('portrait-quick')
  const prepared = await prepareRun(system, { workflow: bindParameters(workflow, { face, reference }), folder })
  return runPrepared(system, prepared, { name, signal: new AbortController().signal, emit: () => {} })
}

const field = (report: Report, node: string, name: string): unknown => report.results[node]?.[name]

/** Identity, pose and background over every ordered pair of photos. */
async function pairTable(system: System, files: readonly string[]): Promise<BenchTable> {
  const rows: string[][] = []
  for (const face of files) {
    for (const reference of files) {
      if (face === reference) continue
      const report = await portrait(system, face, reference)
      rows.push([`${basename(face)} → ${basename(reference)}`, ...figures(report)])
    }
  }
  return {
    title: 'Every pair of photos',
    note:
      'Cosine of fr_feature (same ≥ 0.45, different < 0.30) between the result and the person, and between the result ' +
      'and the face that was there; difference of yaw in degrees; samples outside the mask that changed.',
    head: ['face → reference', 'to person', 'to reference', 'yaw gap', 'changed outside', 'ms', 'notes'],
    rows,
  }
}

/** The notes of a run in a word each. */
const NOTES: readonly (readonly [word: string, pattern: RegExp])[] = [
  ['turned', /turned/],
  ['several faces', /faces/],
  ['glasses', /glasses/],
  ['small', /pixels high/],
  ['covered', /cover/],
]

function figures(report: Report): string[] {
  if (report.status !== 'finished')
    return ['–', '–', '–', '–', '–', report.failures.map(({ message }) => message).join(' ')]
  const number = (node: string, name: string, digits: number) => Number(field(report, node, name)).toFixed(digits)
  const proof = field(report, 'background', 'proof') as { pixelsChanged: number }
  return [
    number('likeness', 'score', 2),
    number('likenessToReference', 'score', 2),
    number('poseGap', 'yaw', 0),
    String(proof.pixelsChanged),
    report.ms.toFixed(0),
    report.warnings.map(({ message }) => NOTES.find(([, pattern]) => pattern.test(message))?.[0] ?? 'other').join(', '),
  ]
}

/** A photo-like picture of a given size made of a bundled one, as a phone would store it. */
async function enlarged(folder: string, megapixels: number): Promise<string> {
  const side = Math.round(Math.sqrt(megapixels * 1e6))
  const file = join(folder, `reference-${megapixels}mp.jpg`)
  await writeFile(
    file,
    await sharp(join(DEMO, 'reference.png'))
      .resize(side, side, { kernel: 'lanczos3' })
      .jpeg({ quality: 92 })
      .toBuffer(),
  )
  return file
}

/** Where a warm portrait spends its time, at one size of reference. */
async function timeTable(system: System, face: string, folder: string): Promise<BenchTable[]> {
  const rows: string[][] = []
  const shares: string[][] = []
  for (const megapixels of [1, 4, 24]) {
    const reference = await enlarged(folder, megapixels)
    const reports: Report[] = []
    for (let i = 0; i <= REPEATS; i++) reports.push(await portrait(system, face, reference))
    const warm = reports.slice(1)
    rows.push([
      `${megapixels} MP`,
      median(warm.map(({ ms }) => ms)).toFixed(0),
      (process.memoryUsage.rss() / 2 ** 20).toFixed(0),
    ])
    const nodes = Object.keys(warm[0]?.nodes ?? {})
    const times = nodes.map(node => ({ node, ms: median(warm.map(report => report.nodes[node]?.ms ?? 0)) }))
    const longest = times.sort((a, b) => b.ms - a.ms).slice(0, 6)
    shares.push([`${megapixels} MP`, longest.map(({ node, ms }) => `${node} ${ms.toFixed(0)}`).join(', ')])
  }
  return [
    {
      title: 'A warm portrait, nothing cached',
      note: `Median of ${REPEATS} runs in one process, models loaded.`,
      head: ['reference', 'ms', 'RSS after, MiB'],
      rows,
    },
    {
      title: 'Where the time goes',
      note: 'Median milliseconds of the longest nodes; they overlap.',
      head: ['reference', 'nodes'],
      rows: shares,
    },
  ]
}

/** The whole command: first ever, with compiled models, and answered from the disk cache. */
async function commandTable(folder: string): Promise<BenchTable> {
  const times = { 'first start, models compiled': [], 'new photos': [], 'same photos again': [] } as Record<
    string,
    number[]
  >
  const command = async (home: string, out: string) => {
    const args = [
      CLI,
      'run',
      'portrait-quick',
      '--face',
      join(DEMO, 'face.jpg'),
      '--reference',
      join(DEMO, 'reference.png'),
      '--out',
      out,
    ]
    const started = performance.now()
    await run(process.execPath, args, { env: { ...process.env, PORTRAIT_HOME: home } })
    return performance.now() - started
  }
  for (let i = 0; i < REPEATS; i++) {
    const home = join(folder, `home-${i}`)
    const out = join(folder, `out-${i}`)
    times['first start, models compiled']?.push(await command(home, out))
    await rm(join(home, 'cache'), { recursive: true, force: true })
    times['new photos']?.push(await command(home, out))
    times['same photos again']?.push(await command(home, out))
  }
  const rows = Object.entries(times).map(([what, all]) => [what, median(all).toFixed(0)])
  return {
    title: 'The whole command, from process start to exit',
    note: `Median of ${REPEATS}.`,
    head: ['portrait run portrait-quick', 'ms'],
    rows,
  }
}

/** Everything that is measured of the portrait itself. */
export async function portraitBench(photoFolder?: string): Promise<BenchTable[]> {
  const folder = await mkdtemp(join(tmpdir(), 'portrait-bench-'))
  const uncached = { home: join(folder, 'home'), cacheMemoryBytes: 0, cacheDiskBytes: 0 }
  const cached = { home: join(folder, 'cached'), cacheMemoryBytes: 2 ** 28, cacheDiskBytes: 2 ** 31 }
  const system = compose(uncached, () => {})
  const remembering = compose(cached, () => {})
  try {
    const files = photos(photoFolder)
    const pairs = await pairTable(system, files)
    const times = await timeTable(system, join(DEMO, 'face.jpg'), folder)
    return [pairs, ...times, await commandTable(folder), await recallTable(remembering)]
  } finally {
    await Promise.all([system.close(), remembering.close()])
    await rm(folder, { recursive: true, force: true })
  }
}

/** The same portrait again in a live process, answered from memory. */
async function recallTable(system: System): Promise<BenchTable> {
  const again = () => portrait(system, join(DEMO, 'face.jpg'), join(DEMO, 'reference.png'))
  await again()
  const reports: Report[] = []
  for (let i = 0; i < 5 * REPEATS; i++) reports.push(await again())
  return {
    title: 'The same portrait again in a live process',
    note: `Median of ${reports.length}, files read and hashed anew each time.`,
    head: ['run', 'ms'],
    rows: [['all from memory', median(reports.map(({ ms }) => ms)).toFixed(1)]],
  }
}
