/**
 * Writes messages as JSON. One message that goes to many sockets is written once: a thousand may watch one run. So a
 * message must not be changed once it has been sent.
 */
export function textFrames(): (message: unknown) => Buffer {
  const written = new WeakMap<object, Buffer>()
  return message => {
    if (typeof message !== 'object' || message === null) return Buffer.from(JSON.stringify(message))
    const known = written.get(message)
    if (known) return known
    const frame = Buffer.from(JSON.stringify(message))
    written.set(message, frame)
    return frame
  }
}
