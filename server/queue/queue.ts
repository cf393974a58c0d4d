/** A run that waits: as much of it as the order depends on. */
export interface Job {
  readonly id: string
  /** Who takes turns with others: an owner, or one of the visitors who own nothing. */
  readonly owner: string
  /** Jobs of one client of an owner go one after another. */
  readonly client?: string
  /** Lower goes first; below 0 only before other jobs of the same owner. */
  readonly priority: number
  /** It begins no sooner. Never rejects. */
  readonly after?: Promise<unknown>
}

/** What became of a job: it ended, or it has to go once more, before all others. */
export type Outcome = 'ended' | 'again'

/** Decides which run goes next. What it holds is durable elsewhere: the store has every run that is accepted. */
export interface Queue {
  add(jobs: readonly Job[]): Promise<void>
  /** Takes a waiting job out; answers whether it still waited. */
  remove(id: string): Promise<boolean>
  /** By priority, then by arrival. */
  waiting(): readonly string[]
  /** Begins no more, and waits for what is at work. */
  close(): Promise<void>
}
