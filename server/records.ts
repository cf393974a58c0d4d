import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { writeWhole } from '../engine/artifacts.js'
import { type PlanRecord, recordPlan } from '../engine/explain.js'
import type { Plan } from '../engine/plan.js'

/** By hash, so that no path is built from a workflow's name. */
const fileOf = (home: string, name: string) => join(home, 'plans', `${hash('sha256', name, 'hex').slice(0, 16)}.json`)

/**
 * The plan of a workflow's last run on this machine that finished and computed something, to explain the next one by.
 * Read at once: the file is small and was written lately, and to wait for it takes longer than a run of quick nodes.
 */
export function readRecord(home: string, name: string): PlanRecord | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(home, name), 'utf8'))
  } catch {
    // Absent or damaged: then there is nothing to compare with, and nothing else is lost.
    return undefined
  }
}

/** Keeps a plan for `readRecord`. A disk that cannot be written costs the explanation, never the run. */
export async function writeRecord(home: string, name: string, plan: Plan): Promise<void> {
  const file = fileOf(home, name)
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeWhole(file, temporary => writeFile(temporary, JSON.stringify(recordPlan(plan))))
  } catch {}
}

/** Removes what `writeRecord` kept. */
export const removeRecord = (home: string, name: string): Promise<void> =>
  rm(fileOf(home, name), { force: true }).catch(() => {})
