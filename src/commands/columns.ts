// Rows of text as a table for a terminal.

/** @param rows - The first one has the headings; all have as many cells. @returns Lines, cells padded to the widest of their column. */
export function columns (rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd())
}
