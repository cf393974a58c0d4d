import type { InferenceSession } from 'onnxruntime-node'
import { readCompiled } from './compiled.js'
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
  const create = creator(options)
  return sessionPool({
    budgetBytes: options.budgetBytes ?? 2 ** 30,
    load: async model => {
      const bytes = await readCompiled(model, options)
      return loadedModel(model, bytes.length, await create(bytes))
    },
  })
}

/** Under this size a second thread costs more in waiting than it computes (measured: 2 threads slower than 1 below 5 MB). */
const smallBytes = 64 * 2 ** 20

/** How a session is made on the device, or on the CPU for good once the device has failed. */
function creator({ device, threads, log }: SessionsOptions): (bytes: Uint8Array) => Promise<InferenceSession> {
  let wanted = device
  function fallBack(why: string) {
    if (wanted !== 'cpu') log(`Device "${wanted}" cannot be used (${why}); models run on the CPU.`)
    wanted = 'cpu'
  }
  return async bytes => {
    const { InferenceSession, listSupportedBackends } = await import('onnxruntime-node')
    const intraOpNumThreads = bytes.length < smallBytes ? 1 : threads
    const settings = { ...(intraOpNumThreads && { intraOpNumThreads }), logSeverityLevel: 3 as const }
    // A provider that the build lacks is dropped without an error, one whose libraries are missing throws.
    const known = listSupportedBackends().map(each => each.name)
    if (!known.includes(providerName(wanted))) fallBack(`this build of ONNX Runtime has only ${known.join(', ')}`)
    if (wanted !== 'cpu') {
      try {
        return await InferenceSession.create(bytes, { ...settings, executionProviders: [provider(wanted), 'cpu'] })
      } catch (error) {
        fallBack(reason(error))
      }
    }
    return InferenceSession.create(bytes, { ...settings, executionProviders: ['cpu'] })
  }
}

const providerName = (device: string) => device.split(':', 1)[0] ?? device

function provider(device: string): InferenceSession.ExecutionProviderConfig {
  const [name = device, id] = device.split(':')
  return (id === undefined ? name : { name, deviceId: Number(id) }) as InferenceSession.ExecutionProviderConfig
}

const reason = (error: unknown) => String(error instanceof Error ? error.message : error).split('\n', 1)[0] ?? ''

const loadedModel = (model: string, bytes: number, session: InferenceSession): LoadedModel => ({
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
