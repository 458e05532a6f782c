import * as path from 'node:path';
import * as util from 'node:util';
import { root } from '../../runtime';
import type { Place } from './compiler';
import { DiagnosticError, groupDiagnostics } from './diagnostics';

/** An error in Jupyter's format. */
export interface Failure {
  ename: string;
  evalue: string;
  /** Lines, with ANSI colours. */
  traceback: string[];
}

/** A cell that has run. */
export interface CellSource {
  source: string;
  /** Maps a position in its JavaScript to its source; null where there is none. */
  locate(place: Place): Place | null;
}

/** The folder of the kernel's own code. */
const kernelFolder = `${__dirname}${path.sep}`;

const red = (text: string) => `\x1b[31m${text}\x1b[39m`;
const faint = (text: string) => `\x1b[2m${text}\x1b[22m`;

/** The failure of an interrupted cell. */
export function interruptedFailure(): Failure {
  const evalue = 'the cell was interrupted';
  return { ename: 'Interrupted', evalue, traceback: [`${red('Interrupted')}: ${evalue}`] };
}

/**
 * Describes anything thrown: the message, the line of the cell with a caret, the stack.
 *
 * @param cells the cells that have run, by number
 * @param number the cell that failed
 */
export function describe(
  error: unknown,
  cells: ReadonlyMap<number, CellSource>,
  number: number,
): Failure {
  // A proxy's traps may throw: no property is read.
  if (util.types.isProxy(error) || !isError(error)) {
    const evalue = util.inspect(error);
    return { ename: 'Thrown', evalue, traceback: [`${red('Thrown')}: ${evalue}`] };
  }
  if (error instanceof DiagnosticError) return describeDiagnostics(error, cells, number);
  const ename = error.name || 'Error';
  const evalue = shorten(error.message);
  const frames = framesOf(error, cells);
  const traceback = [`${red(ename)}: ${evalue}`];
  const first = frames.find((frame) => frame.cell !== undefined);
  if (first?.cell !== undefined && first.place) {
    const source = cells.get(first.cell)?.source ?? '';
    traceback.push('', ...excerpt(source, first.place, `cell ${first.cell}`));
  }
  if (frames.length > 0) traceback.push('', ...frames.map(({ text }) => faint(`    ${text}`)));
  if (error instanceof AggregateError) {
    const { errors } = error;
    for (const [at, one] of errors.slice(0, 20).entries()) {
      const part = describe(one, cells, number);
      const head = `error ${at + 1} of ${errors.length}: ${part.traceback[0]}`;
      traceback.push('', head, ...part.traceback.slice(1));
    }
    if (errors.length > 20) traceback.push('', `and ${errors.length - 20} more errors`);
  }
  if (error.cause !== undefined) {
    const cause = describe(error.cause, cells, number);
    traceback.push('', `caused by ${cause.traceback[0]}`, ...cause.traceback.slice(1));
  }
  return { ename, evalue, traceback };
}

function isError(value: unknown): value is Error {
  return util.types.isNativeError(value) || value instanceof Error;
}

function describeDiagnostics(
  error: DiagnosticError,
  cells: ReadonlyMap<number, CellSource>,
  number: number,
): Failure {
  const source = cells.get(number)?.source ?? '';
  const traceback: string[] = [];
  for (const { start, end, messageText, details, code, fileName } of groupDiagnostics(
    error.diagnostics,
  )) {
    if (traceback.length > 0) traceback.push('');
    const title = code === 0 ? 'TypeScript error' : `TypeScript error TS${code}`;
    traceback.push(`${red(title)}: ${messageText}`);
    traceback.push(...details.map((detail) => `  ${detail}`));
    const place = { line: start.line + 1, column: start.character + 1 };
    if (fileName) traceback.push(faint(`    at ${fileName}:${place.line}:${place.column}`));
    else {
      const width = end.line === start.line ? end.character - start.character : 1;
      traceback.push(...excerpt(source, place, `cell ${number}`, width));
    }
  }
  return { ename: error.name, evalue: error.message, traceback };
}

/** The line of the source with its neighbours, and a caret under the position. */
function excerpt(source: string, { line, column }: Place, name: string, width = 1): string[] {
  const lines = source.split('\n');
  const gutter = String(Math.min(lines.length, line + 1)).length;
  const shown = [faint(`${name}, line ${line}:${column}`)];
  for (let at = Math.max(1, line - 1); at <= Math.min(lines.length, line + 1); at++) {
    const label = String(at).padStart(gutter);
    const text = lines[at - 1]!;
    shown.push(at === line ? `${red(`> ${label} │`)} ${text}` : `${faint(`  ${label} │`)} ${text}`);
    if (at !== line) continue;
    // Tabs are repeated, so that the caret is aligned.
    const indent = text.slice(0, column - 1).replace(/[^\t]/g, ' ');
    shown.push(red(`  ${' '.repeat(gutter)} │ ${indent}${'^'.repeat(Math.max(1, width))}`));
  }
  return shown;
}

interface Frame {
  text: string;
  cell?: number;
  place?: Place;
}

const cellPlace = /\bcell (\d+):(\d+):(\d+)/;

/** The stack's frames with positions in the cells; those of Node, tslab and the kernel are left out. */
function framesOf(error: Error, cells: ReadonlyMap<number, CellSource>): Frame[] {
  const lines = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const frames: Frame[] = [];
  for (const line of lines) {
    const text = line.trim();
    if (/\(?node:|[\\/]tslab[\\/]/.test(text) || text.includes(kernelFolder)) continue;
    const found = cellPlace.exec(text);
    if (!found) {
      frames.push({ text: shorten(text) });
      continue;
    }
    const cell = Number(found[1]);
    const at = { line: Number(found[2]), column: Number(found[3]) };
    const known = cells.get(cell);
    const place = known ? known.locate(at) : at;
    if (!place) continue;
    // Names of earlier cells are called as members of the cells' common scope.
    const plain = text.replace('at Proxy.', 'at ');
    const named = plain.replace(cellPlace, `cell ${cell}:${place.line}:${place.column}`);
    frames.push({ text: named, cell, place });
  }
  return frames.slice(0, 12);
}

/** Paths relative to the workspace. */
function shorten(text: string): string {
  return text.replaceAll(`file://${root}/`, '').replaceAll(`${root}/`, '');
}
