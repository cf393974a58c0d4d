import { savedFiles } from './export.js'
import type { Report } from './report.js'
import type { Run, RunFile } from './store/store.js'
import type { Ended } from './worker-message.js'

/** The row of a run that has ended. */
export function endedRun(run: Run, ended: Ended): Run {
  const row = { ...run, endedAt: Date.now() }
  if ('cancelled' in ended) return { ...row, status: 'cancelled' }
  if ('failure' in ended) return { ...row, status: 'failed', failure: ended.failure }
  const { report, artifact } = ended
  const files = filesOf(report)
  return {
    ...row,
    status: report.status,
    files,
    report: artifact,
    artifacts: [...new Set([...(run.artifacts ?? []), artifact, ...files.map(file => file.artifact)])],
    ...(report.status === 'failed' ? { failure: failureOf(report) } : {}),
  }
}

const filesOf = ({ results }: Report): RunFile[] =>
  Object.entries(results).flatMap(([node, outputs]) => savedFiles(outputs).map(file => ({ node, ...file })))

const failureOf = ({ failures }: Report): string =>
  failures.map(({ node, message }) => `${node}: ${message}`).join('\n') || 'The run failed.'
