import type { Session, Sessions, Tensor } from './session.js'

/** A model in memory, ready to run. */
export interface LoadedModel {
  /** What it weighs against the budget. */
  readonly bytes: number
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>
  release(): Promise<void>
}

/** What a pool needs: how a model is loaded, and how many bytes of models may stay in memory. */
export interface PoolOptions {
  readonly budgetBytes: number
  load(model: string): Promise<LoadedModel>
}

interface Place {
  readonly loading: Promise<LoadedModel>
  /** Known once loaded. */
  bytes: number
  running: number
}

/**
 * Keeps loaded models, least recently used first to go when they outweigh the budget; one that is running stays.
 * A session stays valid when its model was put out: the next run loads it again.
 */
export function sessionPool({ budgetBytes, load }: PoolOptions): Sessions {
  // In order of use, oldest first: a used place is taken out and put in again.
  const places = new Map<string, Place>()
  const uses = new Set<Promise<unknown>>()
  const releasing = new Set<Promise<void>>()
  let closed = false

  function place(model: string): Place {
    if (closed) throw new Error(`Model "${model}" was asked for after the sessions were closed.`)
    const found = places.get(model) ?? newPlace(model)
    places.delete(model)
    places.set(model, found)
    return found
  }

  function newPlace(model: string): Place {
    const made: Place = { loading: load(model), bytes: 0, running: 0 }
    made.loading.then(
      loaded => {
        made.bytes = loaded.bytes
      },
      () => places.delete(model),
    )
    return made
  }

  /** Does something with a loaded model, which cannot be put out meanwhile. */
  function using<T>(model: string, act: (loaded: LoadedModel) => T | Promise<T>): Promise<T> {
    const use = hold(model, act)
    uses.add(use)
    const done = () => void uses.delete(use)
    use.then(done, done)
    return use
  }

  async function hold<T>(model: string, act: (loaded: LoadedModel) => T | Promise<T>): Promise<T> {
    const held = place(model)
    held.running++
    try {
      return await act(await held.loading)
    } finally {
      held.running--
      putOut()
    }
  }

  function putOut(): void {
    let total = [...places.values()].reduce((sum, each) => sum + each.bytes, 0)
    for (const [model, { running, bytes }] of places) {
      if (!closed && total <= budgetBytes) return
      if (running > 0) continue
      total -= bytes
      release(model)
    }
  }

  function release(model: string): void {
    const gone = places.get(model)
    places.delete(model)
    const done = gone?.loading.then(loaded => loaded.release()).catch(() => undefined)
    if (!done) return
    releasing.add(done)
    done.then(() => releasing.delete(done))
  }

  const session = (model: string, { inputs, outputs }: LoadedModel): Session => ({
    model,
    inputs,
    outputs,
    run: given => using(model, loaded => loaded.run(given)),
  })

  return {
    get: model => using(model, loaded => session(model, loaded)),
    loaded: () => [...places.keys()],
    async close() {
      closed = true
      await Promise.allSettled(uses)
      putOut()
      await Promise.all(releasing)
    },
  }
}
