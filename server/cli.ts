#!/usr/bin/env node
import { BadArguments, type ExitCode, tell } from './exit.js'

/** A command of the program: its arguments in, how it ended out. */
export type Command = (args: readonly string[]) => Promise<ExitCode>

interface Entry {
  readonly usage: string
  readonly about: string
  /** Loaded when it is called, so that no command pays for what another needs. */
  load(): Promise<Command>
}

const COMMANDS: Readonly<Record<string, Entry>> = {
  run: {
    usage: 'run <workflow> [--PARAMETER value …]',
    about: 'run a workflow (`run <workflow> --help` lists its parameters)',
    load: async () => (await import('./commands/run.js')).run,
  },
  serve: {
    usage: 'serve',
    about: 'start the server: API, ComfyUI API, queue',
    load: async () => (await import('./commands/serve.js')).serve,
  },
  validate: {
    usage: 'validate <workflow>',
    about: 'find every fault of a workflow without running it',
    load: async () => (await import('./commands/validate.js')).validate,
  },
  explain: {
    usage: 'explain <workflow> [--PARAMETER value …]',
    about: 'tell for each node whether it would run, and why',
    load: async () => (await import('./commands/explain.js')).explainRun,
  },
  nodes: {
    usage: 'nodes [type]',
    about: 'list the nodes, or describe one',
    load: async () => (await import('./commands/nodes.js')).nodes,
  },
  models: {
    usage: 'models',
    about: 'list the models with source, size and licence',
    load: async () => (await import('./commands/models.js')).models,
  },
}

const help = (): string => {
  const width = Math.max(...Object.values(COMMANDS).map(({ usage }) => usage.length))
  const lines = Object.values(COMMANDS).map(({ usage, about }) => `  portrait ${usage.padEnd(width)}  ${about}`)
  return ['Makes a portrait of one person in the scene of another photo.', '', ...lines, ''].join('\n')
}

async function main([name, ...args]: readonly string[]): Promise<ExitCode> {
  const isAsked = name !== 'run' && args.some(arg => arg === '--help' || arg === '-h')
  if (name === undefined || name === 'help' || name === '--help' || name === '-h' || isAsked) {
    process.stdout.write(help())
    return 0
  }
  try {
    const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
    if (!entry) throw new BadArguments(`There is no command "${name}".\n\n${help()}`)
    const command = await entry.load()
    return await command(args)
  } catch (error) {
    return tell(error)
  }
}

// Not `process.exit`: it would cut off what is still being written.
process.exitCode = await main(process.argv.slice(2))
