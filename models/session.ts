import { mkdir, readFile } from 'node:fs/promises'
import { arch, cpus } from 'node:os'
import { dirname, join } from 'node:path'
import type { InferenceSession } from 'onnxruntime-node'
import { asideName, compiledName, compileEmbedded, readSealed, removeAside, writeSealed } from './compiled.js'
import type { DeviceChoice } from './device.js'
import { chooseDevice, parseDevice } from './device.js'
import type { LoadedModel } from './session-pool.js'
import { sessionPool } from './session-pool.js'

/** Numbers with a shape, rows last: `data` has as many as the dims multiply to. */
export interface Tensor {
  readonly dims: readonly number[]
  readonly data: Float32Array
}

/** One model, to be run by name of its inputs; it blocks its thread while it computes, so it belongs in a lane. */
export interface Session {
  readonly model: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** @throws when an input is missing or has another shape than the model's. */
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>
}

/** The models of one lane. */
export interface Sessions {
  /**
   * A model of the catalogue, compiled and loaded; two who ask at once share one load.
   * @throws when the catalogue has no such model, or its file is missing or changed.
   */
  get(model: string): Promise<Session>
  /** Which models are in memory, least recently used first. */
  loaded(): readonly string[]
  /** Waits for runs under way, then frees every model. */
  close(): Promise<void>
}

/** Where compiled models are kept, on what they run, and how much may stay in memory. */
export interface SessionsOptions {
  /** Compiled models are kept here, by content key. */
  readonly folder: string
  /** 'cpu', or an execution provider of ONNX Runtime: 'cuda', 'webgpu', 'dml', 'coreml'; 'cuda:1' is the second device. */
  readonly device: string
  /** Bytes of compiled models that may stay loaded; without: 1 GiB. */
  readonly budgetBytes?: number
  /** CPU threads of a large network; without: the runtime's choice. Small ones always take one. */
  readonly threads?: number
  log(message: string): void
}

/** Opens the one door to onnxruntime-node; nothing of it is loaded before a model is asked for. */
export function openSessions(options: SessionsOptions): Sessions {
  const device = chooseDevice(options)
  return sessionPool({
    budgetBytes: options.budgetBytes ?? 2 ** 30,
    load: async model => loadedModel(model, await load(model, options, device)),
  })
}

/** A session, and what it weighs. */
interface Weighed {
  readonly session: InferenceSession
  readonly bytes: number
}

async function load(model: string, options: SessionsOptions, device: DeviceChoice): Promise<Weighed> {
  const { InferenceSession, listSupportedBackends } = await import('onnxruntime-node')
  const wanted = device.among(listSupportedBackends().map(each => each.name))
  if (wanted !== 'cpu') {
    const compiled = await readCompiled(model, options)
    const settings = { ...cpuSettings(compiled, options), executionProviders: [parseDevice(wanted), 'cpu'] }
    try {
      return { session: await InferenceSession.create(compiled, settings), bytes: compiled.length }
    } catch (error) {
      // A provider whose libraries are missing throws instead of falling back by itself.
      device.fallBack(reason(error))
    }
  }
  return loadOnCpu(model, options)
}

/** The compiled model, kept as it is: a GPU optimises it for itself. */
async function readCompiled(model: string, { folder, log }: SessionsOptions): Promise<Uint8Array> {
  const file = join(folder, compiledName(model, ''))
  const kept = await readSealed(file)
  if (kept) return kept
  const compiled = await compileEmbedded(model, log)
  await keep(model, file, Promise.resolve(compiled), log)
  return compiled
}

/**
 * The compiled model as the runtime has optimised it for this processor: kept, because loading it again takes a third
 * of the time (face-mesh: 30 ms instead of 95).
 */
async function loadOnCpu(model: string, options: SessionsOptions): Promise<Weighed> {
  const { InferenceSession, env } = await import('onnxruntime-node')
  // Optimised graphs fit one runtime and the vector units of one processor.
  const machine = [env.versions.node, arch(), cpus()[0]?.model].join(' ')
  const file = join(options.folder, compiledName(model, machine))
  const kept = await readSealed(file)
  if (kept) {
    const settings = { ...cpuSettings(kept, options), graphOptimizationLevel: 'disabled' as const }
    const session = await InferenceSession.create(kept, settings).catch(() => undefined)
    if (session) return { session, bytes: kept.length }
  }
  const compiled = await compileEmbedded(model, options.log)
  return { session: await createAndKeep(model, file, compiled, options), bytes: compiled.length }
}

async function createAndKeep(model: string, file: string, compiled: Uint8Array, options: SessionsOptions) {
  const { InferenceSession } = await import('onnxruntime-node')
  const settings = cpuSettings(compiled, options)
  const optimizedModelFilePath = asideName(file)
  try {
    await mkdir(dirname(file), { recursive: true })
    const session = await InferenceSession.create(compiled, { ...settings, optimizedModelFilePath })
    await keep(model, file, readFile(optimizedModelFilePath), options.log)
    return session
  } catch (error) {
    // The runtime refuses to load what it cannot write; a full disk is no reason not to run.
    const session = await InferenceSession.create(compiled, settings)
    options.log(notKept(model, error))
    return session
  } finally {
    await removeAside(optimizedModelFilePath)
  }
}

/** Under this size a second thread costs more in waiting than it computes (measured: 2 threads slower than 1 below 5 MB). */
const smallBytes = 64 * 2 ** 20

function cpuSettings(bytes: Uint8Array, { threads }: SessionsOptions): InferenceSession.SessionOptions {
  const intraOpNumThreads = bytes.length < smallBytes ? 1 : threads
  // 3 is errors: the warning that an optimised graph fits only this machine is known, and heeded.
  return { ...(intraOpNumThreads && { intraOpNumThreads }), executionProviders: ['cpu'], logSeverityLevel: 3 }
}

/** Keeps bytes for the next start; that they could not be kept is told, not thrown. */
async function keep(model: string, file: string, bytes: Promise<Uint8Array>, log: SessionsOptions['log']) {
  try {
    await writeSealed(file, await bytes)
  } catch (error) {
    log(notKept(model, error))
  }
}

const notKept = (model: string, error: unknown) =>
  `The compiled model "${model}" could not be kept (${reason(error)}); the next start compiles it again.`

const reason = (error: unknown) => String(error instanceof Error ? error.message : error).split('\n', 1)[0] ?? ''

const loadedModel = (model: string, { session, bytes }: Weighed): LoadedModel => ({
  bytes,
  inputs: session.inputNames,
  outputs: session.outputNames,
  release: () => session.release(),
  async run(inputs) {
    refuseOtherInputs(model, session.inputNames, inputs)
    const { Tensor } = await import('onnxruntime-node')
    const feeds = Object.entries(inputs).map(
      ([name, { data, dims }]) => [name, new Tensor('float32', data, dims)] as const,
    )
    const results = await session.run(Object.fromEntries(feeds))
    return Object.fromEntries(
      Object.entries(results).map(([name, { dims, data }]) => [name, { dims, data: data as Float32Array }]),
    )
  },
})

function refuseOtherInputs(model: string, wanted: readonly string[], inputs: Readonly<Record<string, Tensor>>): void {
  const got = Object.keys(inputs)
  if (got.length === wanted.length && wanted.every(name => got.includes(name))) return
  throw new Error(`Model "${model}" takes the inputs ${wanted.join(', ')}, got ${got.join(', ') || 'none'}.`)
}
