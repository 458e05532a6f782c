/**
 * Rows of texts in columns as wide as their widest text. Long columns are cut to `widest`, and the
 * longest ones to what makes a line of the table no longer than `width`.
 */
export function textTable(
  rows: readonly (readonly string[])[],
  widest = 60,
  width = Number.POSITIVE_INFINITY,
): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.min(widest, Math.max(...rows.map((row) => row[column]?.length ?? 0))),
  );
  const gaps = 2 * (widths.length - 1);
  while (widths.reduce((sum, one) => sum + one, gaps) > width && Math.max(...widths) > 12) {
    widths[widths.indexOf(Math.max(...widths))]! -= 1;
  }
  const cut = (text: string, column: number) =>
    text.length > widths[column]! ? `${text.slice(0, widths[column]! - 1)}…` : text;
  const cells = rows.map((row) => row.map(cut));
  const line = (row: readonly string[]) =>
    row
      .map((text, column) => text.padEnd(widths[column]!))
      .join('  ')
      .trimEnd();
  const [head, ...body] = cells;
  if (!head) return '';
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...body.map(line)].join(
    '\n',
  );
}
