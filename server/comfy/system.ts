import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { freemem, totalmem } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../engine/root.js'
import { Refusal } from '../http/refusal.js'
import { json, type Route, route } from '../http/route.js'
import Type from '../schema.js'
import type { Services } from '../services.js'
import { serverFlags } from './feature-flags.js'
import { comfyParts } from './parts.js'
import { folderOf } from './place.js'

/** The ComfyUI whose wire this is. */
const COMFYUI_VERSION = '0.3.64'

/** What this machine is, and what is said on it. */
export function systemRoutes(services: Services): Route[] {
  const { logs, logSubscribers, names } = comfyParts(services)
  return [
    route({
      method: 'get',
      path: '/system_stats',
      about: 'Tells the machine’s memory and devices; never where anything lies.',
      access: 'visitor',
      handle: () => json(systemStats(services)),
    }),
    route({
      method: 'get',
      path: '/features',
      about: 'Tells what this server can do beyond what every client expects.',
      access: 'visitor',
      handle: () => json(serverFlags(services.config)),
    }),
    route({
      method: 'get',
      path: '/internal/logs',
      about: 'Answers what the caller’s runs said, as one text.',
      access: 'visitor',
      answer: Type.String(),
      handle: call =>
        json(
          logs
            .entries(call)
            .map(({ t, m }) => `${t} - ${m}`)
            .join(''),
        ),
    }),
    route({
      method: 'get',
      path: '/internal/logs/raw',
      about: 'Answers what the caller’s runs said, line by line.',
      access: 'visitor',
      handle: call => json({ entries: logs.entries(call), size: { cols: 120, rows: 40 } }),
    }),
    route({
      method: 'patch',
      path: '/internal/logs/subscribe',
      about: 'Has what the caller’s runs say sent to a socket, or no more.',
      access: 'visitor',
      body: Type.Object({ clientId: Type.String({ maxLength: 200 }), enabled: Type.Boolean() }),
      handle: ({ owner, body: { clientId, enabled } }) => {
        logSubscribers.set(owner, clientId, enabled)
        return json({})
      },
    }),
    route({
      method: 'get',
      path: '/internal/folder_paths',
      about: 'Tells no folders of this machine.',
      access: 'visitor',
      handle: () => json({}),
    }),
    route({
      method: 'get',
      path: '/internal/files/:folder',
      about: 'Lists the caller’s files of a folder, the newest first.',
      access: 'visitor',
      params: Type.Object({ folder: Type.String() }),
      handle: async call => {
        const files = await names.list(call, folderFor(call.params.folder), '')
        return json([...files].sort((a, b) => b.updatedAt - a.updatedAt).map(({ name }) => name))
      },
    }),
  ]
}

/** @throws Refusal 400 */
function folderFor(text: string) {
  try {
    return folderOf(text)
  } catch {
    throw new Refusal(400, 'invalid-folder', 'The folder must be output, input or temp.')
  }
}

function systemStats({ config }: Services) {
  return {
    system: {
      os: process.platform === 'win32' ? 'nt' : process.platform,
      ram_total: totalmem(),
      ram_free: freemem(),
      comfyui_version: COMFYUI_VERSION,
      required_frontend_version: '',
      installed_templates_version: '',
      required_templates_version: '',
      // Clients show both as they are.
      python_version: `Node.js ${process.versions.node}`,
      pytorch_version: `ONNX Runtime ${onnxVersion()}`,
      embedded_python: false,
      argv: ['portrait', 'serve'],
    },
    devices: config.devices.map((name, index) => ({ name, type: name, index, ...memoryOf(name) })),
  }
}

/** The machine's, as ComfyUI has it without a graphics card; what a card has is not known here. */
function memoryOf(device: string) {
  const [total, free] = device === 'cpu' ? [totalmem(), freemem()] : [0, 0]
  return { vram_total: total, vram_free: free, torch_vram_total: total, torch_vram_free: free }
}

/** From its package's own description, for loading it would load a machine learning runtime into the server. */
function onnxVersion(): string {
  try {
    const file = createRequire(join(packageRoot(), 'package.json')).resolve('onnxruntime-node/package.json')
    return JSON.parse(readFileSync(file, 'utf8')).version
  } catch {
    return 'unknown'
  }
}
