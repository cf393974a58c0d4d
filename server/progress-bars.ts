import type { ExecutionEvent } from '../engine/event.js'

const WIDTH = 24
/** Redrawing more often than this costs more than it shows. */
const INTERVAL_MS = 60

/** A bar for the whole run and one for each node at work, drawn in place; silent when the stream is no terminal. */
export function progressBars(stream: NodeJS.WriteStream) {
  const running = new Map<string, string>()
  let nodes = 0
  let done = 0
  let drawn = 0
  let last = 0
  const clear = () => {
    if (drawn > 0) stream.write(`\x1b[${drawn}A\x1b[0J`)
    drawn = 0
  }
  const draw = () => {
    if (!stream.isTTY || performance.now() - last < INTERVAL_MS) return
    last = performance.now()
    clear()
    const lines = [`${bar(done, nodes)} ${done}/${nodes}`, ...[...running].map(([node, text]) => `${text} ${node}`)]
    stream.write(`${lines.join('\n')}\n`)
    drawn = lines.length
  }
  const event = (event: ExecutionEvent) => {
    switch (event.type) {
      case 'run-started':
        running.clear()
        nodes = event.nodes
        done = 0
        break
      case 'node-started':
        running.set(event.node, bar(0, 1))
        break
      case 'node-progress':
        running.set(event.node, bar(event.item + event.step / event.steps, event.items))
        break
      case 'node-finished':
      case 'node-failed':
        running.delete(event.node)
        done++
        break
    }
    draw()
  }
  return { event, clear }
}

function bar(part: number, whole: number): string {
  const full = whole > 0 ? Math.round((WIDTH * Math.min(part, whole)) / whole) : 0
  return `${'━'.repeat(full)}${'─'.repeat(WIDTH - full)}`
}
