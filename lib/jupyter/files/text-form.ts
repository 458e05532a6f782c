import { execFileSync } from 'node:child_process';
import { GradbookError, inWorkspace } from '../../runtime';
import type { Cell, Notebook } from './notebook';

/**
 * Key under which the text form keeps a cell's id; jupytext leaves ids out, and a notebook with new
 * ids would differ in every cell.
 */
const idKey = 'id';

const options = ['--opt', 'notebook_metadata_filter=all', '--opt', 'cell_metadata_filter=all'];

function jupytext(args: readonly string[], input: string): string {
  const python = inWorkspace('.venv', 'bin', 'python');
  try {
    const flags = { input, encoding: 'utf8', maxBuffer: 1 << 30, stdio: 'pipe' } as const;
    return execFileSync(python, ['-m', 'jupytext', ...options, ...args, '-'], flags);
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    const last = stderr.trim().split('\n').at(-1) || message;
    throw new GradbookError(`jupytext could not convert it: ${last}`, 'notebook-text');
  }
}

/** Cells without outputs and execution counts. */
export function stripped(notebook: Notebook): Notebook {
  return { ...notebook, cells: notebook.cells.map(withoutOutputs) };
}

function withoutOutputs(cell: Cell): Cell {
  return cell.cell_type === 'code' ? { ...cell, outputs: [], execution_count: null } : cell;
}

/**
 * A notebook as a TypeScript file in jupytext's percent format: `// %%` before each cell, text as
 * comments. Outputs are left out, and so may be a line end after a cell's last line.
 *
 * @throws GradbookError `notebook-text` where the workspace's Python environment is missing, or
 *   where a cell would not survive the round trip: jupytext begins a cell at each line that begins
 *   with `// %%`, and parses a lone triple quote as the start of a Python string
 */
export function notebookToTypeScript(notebook: Notebook): string {
  const cells = stripped(notebook).cells.map(({ id, metadata, ...cell }) => ({
    ...cell,
    metadata: { [idKey]: id, ...metadata },
  }));
  const text = JSON.stringify({ ...notebook, cells: cells.map(forNbformat), nbformat_minor: 4 });
  const file = jupytext(
    ['--from', 'ipynb', '--to', 'ts:percent', '--opt', 'comment_magics=false'],
    text,
  );
  const { cells: back } = notebookFromTypeScript(file);
  const lost = notebook.cells.findIndex((cell, i) => {
    const { id, cell_type, source } = back[i] ?? {};
    return id !== cell.id || cell_type !== cell.cell_type || bare(source) !== bare(cell.source);
  });
  if (lost < 0 && back.length === notebook.cells.length) return file;
  const start = notebook.cells.at(lost)!.source.trim().split('\n')[0];
  throw new GradbookError(
    `cell ${lost + 1} ("${start}") would not survive the round trip through jupytext's text form: ` +
      'it holds a line that begins with // %%, or a lone triple quote',
    'notebook-text',
  );
}

/**
 * The notebook of a TypeScript file in jupytext's percent format, without outputs.
 *
 * @param earlier the notebook as it was: cells whose code is the same keep their outputs
 * @throws GradbookError `notebook-text` when jupytext can't read it
 */
export function notebookFromTypeScript(text: string, earlier?: Notebook): Notebook {
  const json = jupytext(['--from', 'ts:percent', '--to', 'ipynb'], text);
  const notebook = JSON.parse(json) as Notebook;
  const { jupytext: _, ...metadata } = notebook.metadata as Record<string, unknown>;
  const before = new Map(earlier?.cells.map((cell) => [cell.id, cell]));
  const cells = notebook.cells.map((cell) => {
    const { [idKey]: id = cell.id, ...own } = cell.metadata as Record<string, unknown>;
    const source = joined(cell.source);
    const same = before.get(String(id));
    const kept = same?.source === source && same.cell_type === cell.cell_type ? same : undefined;
    const found = { ...cell, id: String(id), metadata: own, source } as Cell;
    if (cell.cell_type !== 'code') return ordered(found);
    const outputs = kept?.outputs ?? [];
    return ordered({ ...found, outputs, execution_count: kept?.execution_count ?? null });
  });
  return { cells, metadata, nbformat: 4, nbformat_minor: 5 } as Notebook;
}

const bare = (source = ''): string => source.replace(/\n+$/, '');

/** Jupyter's own order of keys. */
function ordered(cell: Cell): Cell {
  return Object.fromEntries(Object.entries(cell).sort(([a], [b]) => (a < b ? -1 : 1))) as never;
}

const joined = (source: string | string[]): string =>
  Array.isArray(source) ? source.join('') : source;

function forNbformat(cell: Omit<Cell, 'id'>): object {
  return cell.cell_type === 'code' ? { execution_count: null, outputs: [], ...cell } : cell;
}
