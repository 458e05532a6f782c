import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { GradbookError, writeFileAtomic } from '../../runtime';

/** Values by MIME type. */
export type Bundle = Record<string, unknown>;

export type Output =
  | { output_type: 'stream'; name: 'stdout' | 'stderr'; text: string }
  | { output_type: 'display_data'; data: Bundle; metadata: Record<string, unknown> }
  | {
      output_type: 'execute_result';
      data: Bundle;
      metadata: Record<string, unknown>;
      execution_count: number | null;
    }
  | { output_type: 'error'; ename: string; evalue: string; traceback: string[] };

export interface Cell {
  id: string;
  cell_type: 'code' | 'markdown' | 'raw';
  source: string;
  metadata: Record<string, unknown> & { tags?: string[] };
  outputs?: Output[];
  execution_count?: number | null;
  attachments?: unknown;
}

export interface Notebook {
  nbformat: 4;
  nbformat_minor: number;
  metadata: Record<string, unknown> & {
    kernelspec?: { name?: string; display_name?: string; language?: string };
    gradbook?: NotebookWishes;
  };
  cells: Cell[];
}

/** Settings of a notebook for the runner, in its metadata under `gradbook`. */
export interface NotebookWishes {
  /** Notebooks whose models it loads, such as `['02-cnn']`. They run first. */
  needs?: string[];
  /** Names of the models it saves, such as `['cnn']`: without them it runs again. */
  makes?: string[];
  /** Approximate duration: orders notebooks on a machine where they have not run yet. */
  seconds?: number;
  /** Seconds a cell may take, and the whole notebook. */
  cellTimeout?: number;
  timeout?: number;
}

type Multiline = string | string[];

const joined = (text: Multiline): string => (Array.isArray(text) ? text.join('') : text);

/** Lines with their line ends, as nbformat stores text. */
function lines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

const isJson = (mime: string): boolean => mime === 'application/json' || mime.endsWith('+json');

function mapBundle(data: Bundle, change: (text: Multiline) => Multiline): Bundle {
  return Object.fromEntries(
    Object.entries(data).map(([mime, value]) => {
      const text = typeof value === 'string' || Array.isArray(value);
      return [mime, text && !isJson(mime) ? change(value as Multiline) : value];
    }),
  );
}

function mapOutput(output: Output, change: (text: Multiline) => Multiline): Output {
  if (output.output_type === 'stream') return { ...output, text: change(output.text) as string };
  if (output.output_type === 'error') return output;
  return { ...output, data: mapBundle(output.data, change) };
}

/** The notebook's name: its file without folder and ending. */
export function notebookName(file: string): string {
  return path.basename(file, '.ipynb');
}

/** The notebook's title: its first heading, else its name. */
export function notebookTitle(notebook: Notebook, name: string): string {
  for (const cell of notebook.cells) {
    const heading = cell.cell_type === 'markdown' && /^#+\s+(.+)$/m.exec(cell.source);
    // Without Markdown emphasis and code marks.
    if (heading) return heading[1]!.replace(/[*`_]/g, '').trim();
  }
  return name;
}

/**
 * Reads and checks a notebook. Cells without an id get one, and so does a kernel without a display
 * name.
 *
 * @throws GradbookError `notebook-missing`, `notebook-json` or `notebook-format`
 */
export function readNotebook(file: string): Notebook {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new GradbookError(
      `${file} could not be read: ${(error as Error).message}`,
      'notebook-missing',
    );
  }
  let raw: Notebook;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw new GradbookError(
      `${file} is not a notebook: it is not JSON (${(error as Error).message}). ` +
        'Restore it, or save it again from JupyterLab.',
      'notebook-json',
    );
  }
  if (raw === null || typeof raw !== 'object' || !('nbformat' in raw)) {
    throw new GradbookError(`${file} is not a notebook: it has no "nbformat"`, 'notebook-format');
  }
  if (raw.nbformat !== 4) {
    throw new GradbookError(
      `${file} has nbformat ${raw.nbformat}; the runner reads nbformat 4. ` +
        'Convert it with `jupyter nbconvert --to notebook --nbformat 4`.',
      'notebook-format',
    );
  }
  if (!Array.isArray(raw.cells)) {
    throw new GradbookError(`${file} is not a notebook: it has no cells`, 'notebook-format');
  }
  return {
    ...raw,
    metadata: checkedMetadata(raw.metadata ?? {}),
    cells: raw.cells.map((cell, index) => checkedCell(cell, index, file)),
  };
}

/** Jupyter's tools refuse a kernel without a display name, which editors may leave out. */
function checkedMetadata(metadata: Notebook['metadata']): Notebook['metadata'] {
  const { kernelspec } = metadata;
  if (!kernelspec?.name || kernelspec.display_name) return metadata;
  return { ...metadata, kernelspec: { ...kernelspec, display_name: kernelspec.name } };
}

function checkedCell(cell: Cell, index: number, file: string): Cell {
  const kinds = ['code', 'markdown', 'raw'];
  const source = cell?.source as Multiline | undefined;
  if (!kinds.includes(cell?.cell_type) || !(typeof source === 'string' || Array.isArray(source))) {
    throw new GradbookError(
      `${file}: cell ${index + 1} is damaged: its type is ${JSON.stringify(cell?.cell_type)}, ` +
        `allowed are ${kinds.join(', ')}, and it needs a source`,
      'notebook-format',
    );
  }
  const checked: Cell = {
    ...cell,
    id: cell.id || crypto.randomBytes(4).toString('hex'),
    metadata: cell.metadata ?? {},
    source: joined(source),
  };
  if (cell.cell_type === 'code') {
    checked.outputs = (cell.outputs ?? []).map((output) => mapOutput(output, joined));
    checked.execution_count = cell.execution_count ?? null;
  }
  return checked;
}

/** The notebook as Jupyter writes it: texts in lines, an indent of one. */
export function notebookText(notebook: Notebook): string {
  const cells = notebook.cells.map((cell) => {
    const written: Record<string, unknown> = { ...cell, source: lines(cell.source) };
    if (cell.cell_type === 'code') {
      written['outputs'] = (cell.outputs ?? []).map((output) =>
        mapOutput(output, (text) => lines(text as string)),
      );
      written['execution_count'] = cell.execution_count ?? null;
    }
    return written;
  });
  // Cell ids came with 4.5.
  const minor = Math.max(5, notebook.nbformat_minor ?? 5);
  return `${JSON.stringify({ ...notebook, nbformat_minor: minor, cells }, null, 1)}\n`;
}

/** Writes the notebook so that a reader sees the old file or the new one. */
export function writeNotebook(file: string, notebook: Notebook): void {
  writeFileAtomic(file, notebookText(notebook));
}

export function hasTag(cell: Cell, tag: string): boolean {
  return Array.isArray(cell.metadata.tags) && cell.metadata.tags.includes(tag);
}
