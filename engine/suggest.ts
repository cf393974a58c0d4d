/** How many letters must be inserted, removed or replaced to turn one word into the other. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(replaced, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
    above = row
  }
  return above[b.length] ?? 0
}

/** ' Did you mean "blur"?' for a misspelt word, or the known words when nothing is near and they are few. */
export function suggest(word: string, known: Iterable<string>): string {
  const words = [...known]
  const lower = word.toLowerCase()
  const ranked = words
    .map(candidate => ({ candidate, distance: editDistance(lower, candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  if (best && best.distance <= Math.max(2, word.length / 3)) return ` Did you mean "${best.candidate}"?`
  if (words.length === 0 || words.length > 12) return ''
  return ` Known: ${words.join(', ')}.`
}
