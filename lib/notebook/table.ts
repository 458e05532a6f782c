import { GradbookError } from '../runtime';
import { formatCell } from './format';
import { publish } from './sink';
import { type Columns, tableHtml, tableText } from './table-view';

/** Options of `table`. */
export interface TableOptions {
  /** Which columns, in this order. Default all. */
  columns?: readonly string[];
  /** A line above the table. */
  caption?: string;
  /** Largest number of rows; longer tables show head and tail. Default 60. */
  limit?: number;
}

/**
 * Displays values as a table, numbers right-aligned with the same number of decimals in a column.
 *
 * @param source rows (objects, or arrays with `columns`), a danfo DataFrame or Series, a training
 *   history, a record of columns of equal length, or any other record: one line per key
 * @throws GradbookError `not-a-table`, `unknown-column`
 */
export function table(source: unknown, options: TableOptions = {}): void {
  const { caption, limit = 60 } = options;
  const columns = pick(columnsOf(source, options.columns), options.columns);
  const view = { columns, limit, ...(caption === undefined ? {} : { caption }) };
  publish({ 'text/html': tableHtml(view), 'text/plain': tableText(view) });
}

function pick(columns: Columns, wanted?: readonly string[]): Columns {
  if (!wanted) return columns;
  const values = wanted.map((name) => {
    const at = columns.names.indexOf(name);
    if (at < 0) {
      throw new GradbookError(
        `unknown column: ${name}. There are ${columns.names.join(', ')}`,
        'unknown-column',
      );
    }
    return columns.values[at]!;
  });
  return { names: [...wanted], values };
}

/** Reads anything that `table` takes as columns. */
export function columnsOf(source: unknown, names?: readonly string[]): Columns {
  if (Array.isArray(source)) return fromRows(source, names);
  if (isDataFrame(source)) return fromDataFrame(source);
  if (isSeries(source)) return fromSeries(source);
  if (isHistory(source)) return fromHistory(source);
  if (source instanceof Map)
    return fromEntries([...source.keys()].map(String), [...source.values()]);
  if (typeof source === 'object' && source !== null) return fromRecord(source);
  throw new GradbookError(
    `table: cannot display ${source === null ? 'null' : typeof source} as a table; give rows, a DataFrame, a history or a record`,
    'not-a-table',
  );
}

function fromRows(rows: readonly unknown[], given?: readonly string[]): Columns {
  if (rows.every(Array.isArray)) {
    const lists = rows as unknown[][];
    const width = Math.max(0, ...lists.map((row) => row.length));
    const names = Array.from({ length: width }, (_, i) => given?.[i] ?? String(i));
    return { names, values: names.map((_, i) => lists.map((row) => row[i])) };
  }
  if (rows.every((row) => typeof row === 'object' && row !== null)) {
    const records = rows as Record<string, unknown>[];
    const names = [...new Set(records.flatMap((row) => Object.keys(row)))];
    return { names, values: names.map((name) => records.map((row) => own(row, name))) };
  }
  return { names: ['value'], values: [[...rows]] };
}

/** Own properties only: a key `constructor` must not read Object's. */
function own(row: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(row, name) ? row[name] : undefined;
}

interface DataFrameLike {
  columns: string[];
  index: (string | number)[];
  values: unknown[][];
  shape: number[];
}

/** danfo objects are recognised by their properties, so that danfo need not be loaded. */
export function isDataFrame(value: unknown): value is DataFrameLike {
  const frame = value as DataFrameLike;
  return Array.isArray(frame?.columns) && Array.isArray(frame.index) && Array.isArray(frame.values);
}

interface SeriesLike {
  name?: string;
  index: (string | number)[];
  values: unknown[];
}

/** A danfo Series: values with an index, and a type of column. */
export function isSeries(value: unknown): value is SeriesLike {
  const series = value as SeriesLike & { dtypes?: unknown };
  return Array.isArray(series?.index) && Array.isArray(series.values) && 'dtypes' in series;
}

function isPlainIndex(index: readonly (string | number)[]): boolean {
  return index.every((label, i) => label === i);
}

function fromDataFrame({ columns, index, values }: DataFrameLike): Columns {
  const data = columns.map((_, i) => values.map((row) => row[i]));
  if (isPlainIndex(index)) return { names: [...columns], values: data };
  return { names: ['', ...columns], values: [[...index], ...data] };
}

function fromSeries({ name, index, values }: SeriesLike): Columns {
  const title = name && name !== '0' ? String(name) : 'value';
  if (isPlainIndex(index)) return { names: [title], values: [[...values]] };
  return { names: ['', title], values: [[...index], [...values]] };
}

interface HistoryLike {
  epoch: number[];
  history: Record<string, number[]>;
}

export function isHistory(value: unknown): value is HistoryLike {
  const history = value as HistoryLike;
  return Array.isArray(history?.epoch) && typeof history.history === 'object';
}

function fromHistory({ epoch, history }: HistoryLike): Columns {
  return {
    names: ['epoch', ...Object.keys(history)],
    values: [[...epoch], ...Object.values(history).map((values) => [...values])],
  };
}

function fromRecord(record: object): Columns {
  return fromEntries(Object.keys(record), Object.values(record));
}

function fromEntries(names: string[], values: unknown[]): Columns {
  const isColumn = (value: unknown): value is ArrayLike<unknown> =>
    Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value);
  const lengths = new Set(values.map((value) => (isColumn(value) ? value.length : -1)));
  if (names.length > 0 && lengths.size === 1 && !lengths.has(-1)) {
    return { names, values: values.map((value) => Array.from(value as ArrayLike<unknown>)) };
  }
  // Each line has its own number of decimals.
  return { names: ['', 'value'], values: [names, values.map(formatCell)] };
}
