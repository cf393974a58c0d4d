/** Calls routes of a server with JSON bodies, as a page of it does; the answer's JSON is what the test says it is. */
export const caller =
  (url: string) =>
  async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: { Origin: url, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      json: text === '' ? undefined : JSON.parse(text),
      cookie: response.headers.get('set-cookie') ?? '',
      retryAfter: response.headers.get('retry-after') ?? '',
    }
  }

/** A token where programs carry it. */
export const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
