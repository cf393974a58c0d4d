import { relative } from 'node:path'
import type { ExecutionEvent } from '../engine/event.js'
import type { Exported } from './export.js'
import { progressBars } from './progress-bars.js'
import type { Report } from './report.js'

/** How a run is shown while it goes on and when it is done. */
export interface RunView {
  event(event: ExecutionEvent): void
  done(report: Report, exported?: Exported): void
}

/** Every event as one line of JSON, the report as the last; previews are told by their size. */
export function jsonView(out: NodeJS.WritableStream): RunView {
  const line = (value: object) => void out.write(`${JSON.stringify(value)}\n`)
  return {
    event: event => {
      if (event.type !== 'node-progress' || !event.preview) return line(event)
      const { preview, ...rest } = event
      line({ ...rest, preview: { mime: preview.mime, bytes: preview.bytes.length } })
    },
    done: (report, exported) => line({ type: 'report', ...report, ...(exported ? { exported } : {}) }),
  }
}

/** Progress bars on a terminal, and what a person wants to know at the end. */
export function textView(out: NodeJS.WritableStream, progress: NodeJS.WriteStream): RunView {
  const bars = progressBars(progress)
  return {
    event: bars.event,
    done: (report, exported) => {
      bars.clear()
      for (const line of summary(report, exported)) out.write(`${line}\n`)
    },
  }
}

function summary(report: Report, exported: Exported | undefined): string[] {
  const head = `${report.workflow.name} ${report.status} in ${seconds(report.ms)}`
  const failures = report.failures.map(({ node, type, message }) => `  ${node} (${type}): ${message}`)
  const warnings = report.warnings.map(({ node, message }) => `  note from ${node}: ${message}`)
  const files = [...(exported?.files ?? []), ...(exported ? [exported.report] : [])]
  return [head, ...failures, ...warnings, ...measures(report), ...files.map(file => `  ${relative('.', file) || file}`)]
}

const seconds = (ms: number) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`)

/** The numbers and texts that the sinks answered; files are listed by where they were put. */
function measures({ results }: Report): string[] {
  return Object.entries(results).flatMap(([node, outputs]) => {
    const facts = Object.entries(outputs).flatMap(([name, value]) => factsOf(name, value))
    return facts.length > 0 ? [`  ${node}: ${facts.join(', ')}`] : []
  })
}

function factsOf(name: string, value: unknown): string[] {
  if (typeof value === 'number') return [`${name} ${Number(value.toFixed(3))}`]
  if (typeof value === 'string' || typeof value === 'boolean') return [`${name} ${value}`]
  if (Array.isArray(value)) return value.flatMap((item, index) => factsOf(`${name} ${index + 1}`, item))
  if (typeof value !== 'object' || value === null || 'artifact' in value) return []
  return Object.entries(value).flatMap(([inner, item]) => factsOf(inner, item))
}
