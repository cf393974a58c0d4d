/** A table of measurements, ready to be printed. */
export interface BenchTable {
  readonly title: string
  /** What was measured how, and what the reader should beware of. */
  readonly note?: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** The table as Markdown, columns padded so that the text reads well unrendered; numbers stand to the right. */
export function toMarkdown({ title, note, head, rows }: BenchTable): string {
  const widths = head.map((name, column) => Math.max(name.length, 3, ...rows.map(row => (row[column] ?? '').length)))
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => pad(cells[column] ?? '', width, column)).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [`### ${title}`, ...(note ? [note] : []), [line(head), rule, ...rows.map(line)].join('\n')].join('\n\n')
}

const pad = (cell: string, width: number, column: number) => (column === 0 ? cell.padEnd(width) : cell.padStart(width))
