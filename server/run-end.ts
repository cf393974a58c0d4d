import { savedFiles } from './export.js'
import type { Report } from './report.js'
import type { Run, RunFile } from './store/store.js'
import type { Ended } from './worker-message.js'

/** The row of a run that has ended. */
export function endedRun(run: Run, ended: Ended): Run {
  const row = { ...run, status: ended.status, endedAt: Date.now() }
  if (ended.report === undefined) return 'failure' in ended ? { ...row, failure: ended.failure } : row
  const files = filesOf(ended)
  return {
    ...row,
    files,
    report: ended.report,
    artifacts: [...new Set([...(run.artifacts ?? []), ended.report, ...files.map(({ artifact }) => artifact)])],
    ...(ended.status === 'failed' ? { failure: failureOf(ended) } : {}),
  }
}

const filesOf = ({ results }: Pick<Report, 'results'>): RunFile[] =>
  Object.entries(results).flatMap(([node, outputs]) => savedFiles(outputs).map(file => ({ node, ...file })))

const failureOf = ({ failures }: Pick<Report, 'failures'>): string =>
  failures.map(({ node, message }) => `${node}: ${message}`).join('\n') || 'The run failed.'
