import type { Ports, Values } from './port.js'

/** Where a node runs: the process's own thread, a pool of CPU threads, or the thread of one GPU. */
export type LaneName = 'main' | 'cpu' | 'gpu'

/** A picture of the work so far, small enough to send often. */
export interface Preview {
  readonly mime: 'image/jpeg' | 'image/png' | 'image/webp'
  readonly bytes: Uint8Array
}

/** What a running node may use of its surroundings. */
export interface NodeContext {
  /** Aborted when the run is cancelled. Synchronous work meets the cancellation in `progress`. */
  readonly signal: AbortSignal
  /** ONNX Runtime's name of the execution provider: 'cpu', 'webgpu', 'cuda', … */
  readonly device: string
  /** A folder for what is made once and kept on disk, such as compiled models. */
  readonly folder: string
  /**
   * Tells how far the node is, and is its cancellation point: call it between steps.
   * @throws AbortError when the run was cancelled; let it pass.
   */
  progress(step: number, steps: number, preview?: Preview): void
  /** The bytes of an artifact. */
  read(artifact: string): Promise<Uint8Array>
  /** Keeps bytes as an artifact and answers its name: their SHA-256 and the extension ('png'). */
  write(bytes: Uint8Array, extension: string): Promise<string>
  /** Something the user should know of this result; it is cached with the result and told again with it. */
  warn(message: string): void
  log(message: string): void
  /** Makes a thing once and keeps it as long as this thread lives: loaded models, lookup tables. */
  keep<T>(key: string, make: () => T): T
}

/** A node: what the editor, the API and the CLI show, and one function. */
export interface NodeDefinition<I extends Ports = Ports, O extends Ports = Ports> {
  /** 'FaceParse'; a plugin's: 'film-grain/FilmGrain'. */
  readonly type: string
  /** Raised when the same inputs would now give other outputs; part of the cache key. */
  readonly version: number
  readonly category: string
  readonly description: string
  readonly lane: LaneName
  /** Keeps a result: a plan is grown backwards from its sinks, and a run answers their outputs. */
  readonly sink?: true
  /** Never cached, for it reads something that changes on its own. */
  readonly volatile?: true
  /** What it loads besides its inputs, by the names of whoever composes the system: catalogue ids of models. */
  readonly resources?: readonly string[]
  readonly inputs: I
  readonly outputs: O
  /** The lazy inputs that are wanted, given the values of the others. */
  needs?(known: Partial<Values<I>>): readonly string[]
  run(inputs: Values<I>, context: NodeContext): Values<O> | Promise<Values<O>>
}

/** A set of nodes that is installed together: ours, or a plugin's. Its version becomes part of its nodes' cache keys. */
export interface NodePack {
  readonly name: string
  readonly version?: string
  readonly nodes: readonly NodeDefinition[]
}

/** Writes a definition with its port types inferred. */
export const defineNode = <const I extends Ports, const O extends Ports>(definition: NodeDefinition<I, O>) =>
  definition as NodeDefinition<I, O> & NodeDefinition
