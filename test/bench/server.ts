import { graphTables } from './server-graphs.js'
import { killTable } from './server-kills.js'
import { loadTable } from './server-load.js'
import { benchHome, removeHome, startProcess } from './server-process.js'
import { queueTable } from './server-queue.js'
import { socketTable } from './server-sockets.js'
import { startTables } from './server-start.js'
import { uploadTable } from './server-uploads.js'
import type { BenchTable } from './table.js'

/** Measures the server as its users meet it: a process of its own, over HTTP and WebSocket, its data on disk. */
export async function serverBench(): Promise<BenchTable[]> {
  const tables = await startTables()
  const home = benchHome()
  const server = await startProcess(home)
  try {
    tables.push(...(await graphTables(server)))
    for (const measure of [queueTable, loadTable, socketTable, uploadTable]) tables.push(await measure(server))
  } finally {
    await server.stop()
    removeHome(home)
  }
  return [...tables, await killTable()]
}
