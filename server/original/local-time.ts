/** A time as Python's `datetime.now().isoformat()` writes it: that of the server's clock on the wall, no zone told. */
export function localTime(ms: number): string {
  const offset = new Date(ms).getTimezoneOffset() * 60_000
  return new Date(ms - offset).toISOString().slice(0, -1)
}
