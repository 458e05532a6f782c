import { randomUUID } from 'node:crypto';
import { environment, sharedState } from '../runtime';
import type { ProgressEvent } from './events';
import { progressHtml, progressText, shortenTo } from './progress-view';
import { inNotebook, publish } from './sink';

/** What `progress` takes. */
export interface ProgressOptions {
  /** Label, such as `training cnn`. */
  label: string;
  /** Total number of steps; null if unknown. */
  total?: number | null;
  /** Name of one step. Default `step`. */
  unit?: string;
}

/** Values shown beside the bar, in order. */
export type ProgressFields = Record<string, number | string>;

/** A progress bar. End it with one of `done`, `stop` and `fail`. */
export interface Progress {
  /** Sets the number of steps done so far; may be called at any rate. */
  update(done: number, fields?: ProgressFields): void;
  /** Ends the bar as finished; one line remains. */
  done(fields?: ProgressFields): void;
  /** Ends the bar as interrupted; one line remains. */
  stop(fields?: ProgressFields): void;
  /** Ends the bar as failed, with the reason; one line remains. */
  fail(message: string): void;
}

/** Milliseconds between two updates of a bar: in place, and in a log. */
const pause = { inPlace: 100, log: 10_000 };

const running = sharedState('progress', () => new Set<Progress>());

/** Whether work that reports its progress is under way. */
export function isWorking(): boolean {
  return running.size > 0;
}

/** Ends the bars that are still open: those of a cell that threw. */
export function endProgress(state: 'interrupted' | 'failed', message = ''): void {
  for (const bar of [...running]) {
    if (state === 'interrupted') bar.stop();
    else bar.fail(message);
  }
}

/**
 * Shows a progress bar with the time left for work of more than a second: updated in place in a
 * notebook and on a terminal, occasional lines in a log.
 */
export function progress(options: ProgressOptions): Progress {
  const start = performance.now();
  const event: ProgressEvent = {
    kind: 'progress',
    id: randomUUID(),
    label: options.label,
    done: 0,
    total: options.total ?? null,
    unit: options.unit ?? 'step',
    fields: {},
    seconds: 0,
    secondsLeft: null,
    state: 'running',
  };
  const draw = drawer();
  const interval = draw.inPlace ? pause.inPlace : pause.log;
  // A log shows nothing for work that ends before its first line is due.
  let drawn = draw.inPlace ? Number.NEGATIVE_INFINITY : start;
  let timer: NodeJS.Timeout | undefined;

  function picture(): void {
    clearTimeout(timer);
    timer = undefined;
    drawn = performance.now();
    event.seconds = (drawn - start) / 1000;
    event.secondsLeft = secondsLeft(event);
    draw.picture({ ...event });
  }

  function change(done: number, fields?: ProgressFields): void {
    event.done = done;
    if (fields) event.fields = { ...event.fields, ...fields };
  }

  function end(state: ProgressEvent['state']): void {
    if (event.state !== 'running') return;
    event.state = state;
    running.delete(bar);
    picture();
  }

  const bar: Progress = {
    update(done, fields) {
      if (event.state !== 'running') return;
      change(done, fields);
      const wait = drawn + interval - performance.now();
      if (wait <= 0) picture();
      else timer ??= setTimeout(picture, wait).unref();
    },
    done(fields) {
      change(event.total ?? event.done, fields);
      end('done');
    },
    stop(fields) {
      change(event.done, fields);
      end('interrupted');
    },
    fail(message) {
      change(event.done, message ? { error: message } : undefined);
      end('failed');
    },
  };
  running.add(bar);
  if (draw.inPlace) picture();
  return bar;
}

/** Estimated seconds left; null before the first step and where the total is unknown. */
function secondsLeft({ done, total, seconds, state }: ProgressEvent): number | null {
  if (state !== 'running') return 0;
  if (total === null || done <= 0) return null;
  return (seconds / done) * Math.max(0, total - done);
}

interface Drawer {
  inPlace: boolean;
  picture(event: ProgressEvent): void;
}

/** Chooses the output of this process: a notebook, a terminal or a log. */
function drawer(): Drawer {
  if (inNotebook()) return notebookDrawer();
  const { plainProgress, ci } = environment();
  const stream = process.stderr;
  if (stream.isTTY && !plainProgress && !ci) {
    return {
      inPlace: true,
      picture(event) {
        const line = shortenTo(progressText(event), (stream.columns ?? 80) - 1);
        stream.write(`\r\x1b[2K${line}${event.state === 'running' ? '' : '\n'}`);
      },
    };
  }
  return { inPlace: false, picture: (event) => void stream.write(`${progressText(event)}\n`) };
}

function notebookDrawer(): Drawer {
  let shown = false;
  return {
    inPlace: true,
    picture(event) {
      publish(
        { 'text/html': progressHtml(event), 'text/plain': progressText(event) },
        { event, id: event.id, update: shown },
      );
      shown = true;
    },
  };
}
