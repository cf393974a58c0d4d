import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../engine/root.js'
import { json, type Route, route } from '../http/route.js'
import Type from '../schema.js'
import type { Services } from '../services.js'
import { openMetrics } from './metrics.js'
import { START_PAGE } from './start-page.js'

/** How the server is, for people, programs and monitors. */
export function healthRoutes(services: Services): readonly Route[] {
  const { runs, supervisor } = services
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }
  const metrics = openMetrics(services)
  return [
    route({
      method: 'get',
      path: '/',
      about: 'A page for browsers; for programs, that the server is there.',
      access: 'anyone',
      answer: Type.Object({ message: Type.String(), status: Type.String() }),
      handle: ({ request }) => {
        const headers = { Vary: 'Accept', 'Cache-Control': 'no-cache' }
        // JSON first: who takes anything, as curl does, is a program.
        if (request.accepts(['json', 'html']) !== 'html')
          return { json: { message: 'IP-to-Portrait API', status: 'running' }, headers }
        return { bytes: Buffer.from(START_PAGE), headers: { ...headers, 'Content-Type': 'text/html; charset=utf-8' } }
      },
    }),
    route({
      method: 'get',
      path: '/api/health',
      about: 'How the server is: its version, its worker process, its queue.',
      access: 'anyone',
      answer: Type.Object({
        status: Type.Literal('healthy'),
        version: Type.String(),
        worker: Type.Enum(['up', 'idle'], { description: 'idle: it is started by the next run.' }),
        queue: Type.Object({ waiting: Type.Integer(), running: Type.Integer() }),
      }),
      handle: () =>
        json({
          status: 'healthy',
          version,
          worker: supervisor.pid() === undefined ? 'idle' : 'up',
          queue: runs.count(),
        }),
    }),
    route({
      method: 'get',
      path: '/api/metrics',
      about: 'Runs, nodes and memory in the form of Prometheus.',
      access: 'operator',
      handle: async () => {
        const { text, mime } = await metrics.tell()
        return { bytes: Buffer.from(text), headers: { 'Content-Type': mime, 'Cache-Control': 'no-store' } }
      },
    }),
  ]
}
