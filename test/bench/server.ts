import { graphTables } from './server-graphs.js'
import { killTable } from './server-kills.js'
import { loadTable } from './server-load.js'
import { type BenchServer, benchHome, removeHome, startProcess } from './server-process.js'
import { queueTable } from './server-queue.js'
import { socketTable } from './server-sockets.js'
import { startTables } from './server-start.js'
import { uploadTable } from './server-uploads.js'
import type { BenchTable } from './table.js'

/** Measures the server as its users meet it: a process of its own, over HTTP and WebSocket, its data on disk. */
export async function serverBench(): Promise<BenchTable[]> {
  const tables = [...(await startTables()), ...(await withServer(graphTables))]
  for (const measure of [queueTable, loadTable, socketTable, uploadTable]) tables.push(await withServer(measure))
  return [...tables, await killTable()]
}

/** A new server for each, for what one leaves in memory would be taken for the next one's. */
async function withServer<T>(measure: (server: BenchServer) => Promise<T>): Promise<T> {
  const home = benchHome()
  const server = await startProcess(home)
  try {
    return await measure(server)
  } finally {
    await server.stop()
    removeHome(home)
  }
}
