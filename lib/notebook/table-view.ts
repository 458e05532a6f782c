import { formatColumn } from './format';
import { escapeHtml } from './html';

/** Named columns of equal length. */
export interface Columns {
  names: string[];
  values: unknown[][];
}

/** A table ready to be drawn. */
export interface TableView {
  columns: Columns;
  caption?: string;
  /** Rows shown at most. */
  limit: number;
}

interface Drawn {
  names: string[];
  /** Rows; null marks rows that are left out. */
  rows: (string[] | null)[];
  /** Whether a column is of numbers. */
  numeric: boolean[];
  count: number;
}

function draw({ columns, limit }: TableView): Drawn {
  const count = columns.values[0]?.length ?? 0;
  const half = Math.max(1, Math.floor(limit / 2));
  const kept =
    count <= limit
      ? Array.from({ length: count }, (_, i) => i)
      : Array.from({ length: 2 * half }, (_, i) => (i < half ? i : count - 2 * half + i));
  const shown = columns.values.map((values) => kept.map((row) => values[row]));
  const texts = shown.map(formatColumn);
  const rows: (string[] | null)[] = kept.map((_, i) => texts.map((column) => column[i]!));
  if (count > limit) rows.splice(half, 0, null);
  const numeric = shown.map(
    (values) =>
      values.some((v) => typeof v === 'number') &&
      values.every((v) => typeof v === 'number' || v === null || v === undefined),
  );
  return { names: columns.names, rows, numeric, count };
}

/** The table as HTML; JupyterLab's style sheet adds the stripes. */
export function tableHtml(view: TableView): string {
  const { names, rows, numeric, count } = draw(view);
  const style = (i: number) =>
    numeric[i]
      ? 'text-align:right;font-variant-numeric:tabular-nums'
      : 'text-align:left;white-space:pre-wrap';
  const cell = (tag: string, text: string, i: number) =>
    `<${tag} style="${style(i)}">${escapeHtml(text)}</${tag}>`;
  const head = names.map((name, i) => cell('th', name, i)).join('');
  const body = rows.map((row) =>
    row
      ? `<tr>${row.map((text, i) => cell('td', text, i)).join('')}</tr>`
      : `<tr><td colspan="${names.length}" style="text-align:center">… ${count} rows in all …</td></tr>`,
  );
  const caption = view.caption
    ? `<caption style="caption-side:top;text-align:left;font-weight:bold">${escapeHtml(view.caption)}</caption>`
    : '';
  return `<table>${caption}<thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table>`;
}

/** The table as text, columns aligned. */
export function tableText(view: TableView): string {
  const { names, rows, numeric, count } = draw(view);
  const widths = names.map((name, i) =>
    Math.max(name.length, ...rows.map((row) => (row ? row[i]!.length : 0))),
  );
  const line = (cells: string[]) =>
    cells
      .map((text, i) => (numeric[i] ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  const lines = [
    ...(view.caption ? [view.caption] : []),
    line(names),
    widths.map((width) => '─'.repeat(width)).join('  '),
    ...rows.map((row) => (row ? line(row) : `… ${count} rows in all …`)),
  ];
  return lines.join('\n');
}
