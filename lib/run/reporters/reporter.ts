import type { ProgressEvent } from '../../notebook';
import type { Bound, CellRun, NotebookRun } from '../record';
import type { Summary } from '../summary/summary';

/** Callbacks of the runner. */
export interface Reporter {
  /** Names of the runs that are planned, in order. */
  begin(names: readonly string[]): void;
  /** A notebook starts: why it runs. */
  started(name: string, reason: string): void;
  cell(name: string, cell: number, of: number): void;
  cellDone(name: string, run: CellRun): void;
  progress(name: string, event: ProgressEvent): void;
  /** A message, such as a kernel that had to be started again. */
  note(name: string, text: string): void;
  finished(name: string, run: NotebookRun, cached: boolean, reason: string): void;
  /** The user interrupted the run. */
  interrupted(): void;
  end(summary: Summary, files: readonly string[]): void;
}

/** `1 h 02 min`, `3 min 05 s`, `12.3 s`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** Four significant digits, if possible without an exponent. */
export function figure(value: number | string | null | undefined): string {
  if (typeof value !== 'number') return String(value ?? '–');
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 1e-4 && Math.abs(value) < 1e6
    ? String(Number(value.toPrecision(4)))
    : Number(value.toPrecision(3)).toExponential();
}

/** A change with its sign: `+0.05`, `-0.3`. */
export function signed(change: number): string {
  return `${change > 0 ? '+' : ''}${figure(change)}`;
}

/** `epoch 3/10 · loss 0.31 · val_accuracy 0.87 · 41 s left`. */
export function progressText(event: ProgressEvent): string {
  const total = event.total === null ? '' : `/${event.total}`;
  const fields = Object.entries(event.fields).map(([name, value]) => `${name} ${figure(value)}`);
  const left = event.secondsLeft === null ? [] : [`${duration(event.secondsLeft)} left`];
  return [
    `${event.label}: ${event.unit} ${event.done}${total}`,
    ...fields,
    ...(event.state === 'running' ? left : [event.state]),
  ].join(' · ');
}

const marks = {
  passed: '✓',
  'bound-missed': '✗',
  failed: '✗',
  interrupted: '■',
  'not-run': '–',
} as const;

/** The final line of a finished notebook, followed by its failure. */
export function finishedLines(
  name: string,
  run: NotebookRun,
  cached: boolean,
  reason: string,
): string[] {
  const status = run.status === 'passed' && cached ? 'passed (unchanged)' : run.status;
  const time = cached ? '' : ` in ${duration(run.seconds)}`;
  const { bounds } = run;
  const shown = bounds.slice(-2).map((bound) => `${bound.name} ${figure(bound.value)}`);
  const head = [`${marks[run.status]} ${name}: ${status}${time}`, heldText(bounds), ...shown]
    .filter(Boolean)
    .join(' · ');
  return [head, ...failureLines(run, reason)];
}

function failureLines({ failure, bounds }: NotebookRun, reason: string): string[] {
  const lines = bounds
    .filter(({ holds }) => holds === false)
    .map((bound) => `    ${bound.name} is ${figure(bound.value)}, promised ${promise(bound)}`);
  if (!failure) return lines;
  const place =
    failure.cell === null
      ? ''
      : `cell [${failure.cell}]${failure.line === null ? '' : `, line ${failure.line}`}: `;
  const [first, ...rest] = failure.message.split('\n');
  lines.push(
    `    ${place}${first} (${failure.kind})`,
    ...rest.slice(0, 30).map((l) => `      ${l}`),
  );
  if (failure.source) lines.push(`      > ${failure.source.trim()}`);
  if (failure.output && !failure.output.includes(failure.message)) {
    lines.push('    its last output:', ...failure.output.split('\n').map((l) => `      ${l}`));
  }
  return failure.kind === 'need-failed' && reason ? [...lines, `    ${reason}`] : lines;
}

/** `8 of 8 bounds held`, `2 bounds not judged`; empty without bounds. */
export function heldText(bounds: readonly Bound[]): string {
  const judged = bounds.filter(({ holds }) => holds !== null);
  const held = judged.filter(({ holds }) => holds).length;
  const rest = bounds.length - judged.length;
  const word = (count: number) => (count === 1 ? 'bound' : 'bounds');
  return [
    ...(judged.length > 0 ? [`${held} of ${judged.length} ${word(judged.length)} held`] : []),
    ...(rest > 0 ? [`${rest} ${word(rest)} not judged`] : []),
  ].join(', ');
}

/** `at least 0.985`, `0.1 to 0.2`, `exactly 9`. */
export function promise(bound: { atLeast?: number; atMost?: number }): string {
  const { atLeast, atMost } = bound;
  if (atLeast !== undefined && atLeast === atMost) return `exactly ${figure(atLeast)}`;
  if (atLeast !== undefined && atMost !== undefined)
    return `${figure(atLeast)} to ${figure(atMost)}`;
  if (atLeast !== undefined) return `at least ${figure(atLeast)}`;
  return atMost === undefined ? '' : `at most ${figure(atMost)}`;
}
