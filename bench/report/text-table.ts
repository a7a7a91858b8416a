/** A table in Markdown with aligned columns, so that it is also readable in a terminal. */

/** @param rows  the first is the header; columns from the second on are right-aligned */
export function textTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const padded = rows.map((row) =>
    line(widths.map((width, column) => pad(row[column] ?? '', width, column === 0 ? 'left' : 'right'))),
  );
  const rule = line(widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)));
  return [padded[0], rule, ...padded.slice(1)].join('\n');
}

function pad(text: string, width: number, side: 'left' | 'right'): string {
  return side === 'left' ? text.padEnd(width) : text.padStart(width);
}

/**
 * A table updated with newer rows: each replaces the row with its name, or is appended.
 * @param text  with the older table; it may have none, or one with other columns, which is dropped
 */
export function withRows(text: string, newer: string): string {
  const [head = [], ...rows] = rowsOf(newer);
  const [oldHead, ...oldRows] = rowsOf(text);
  if (oldHead?.join() !== head.join()) return newer;
  const byName = new Map([...oldRows, ...rows].map((row) => [row[0], row]));
  return textTable([head, ...byName.values()]);
}

/** Without the rule below the header. */
function rowsOf(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('| '));
  const rows = lines.map((line) =>
    line
      .slice(2, -2)
      .split(' | ')
      .map((cell) => cell.trim()),
  );
  return rows.filter((_, index) => index !== 1);
}
