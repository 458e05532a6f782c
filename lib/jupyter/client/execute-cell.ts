import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '../wire';
import type { Kernel } from './kernel';

/** How a cell ended. */
export type CellEnd =
  | {
      how: 'replied';
      status: string;
      count: number | null;
      tensors: number | null;
      /** What was computed in so far, such as `['bfloat16']`. */
      precision: string[];
    }
  | { how: 'died'; message: string }
  | { how: 'timeout' | 'silence' | 'interrupted' | 'output-lost' };

export interface CellWatch {
  /** Milliseconds until the cell times out; Infinity for never. */
  timeout: number;
  /** Milliseconds without any output until the cell times out; Infinity for never. */
  silence: number;
  /** Ends the cell early. */
  signal: AbortSignal;
  /** Milliseconds an interrupted cell has to end by itself. */
  grace: number;
  /** Milliseconds to wait for the rest of the output after the reply. */
  drain: number;
  onMessage(message: Message): void;
  /** Called with the request's id before any of its broadcasts arrive. */
  onStart(id: string): void;
}

/** Runs one cell and returns when it has ended and all its output has arrived. */
export async function executeCell(
  kernel: Kernel,
  code: string,
  watch: CellWatch,
): Promise<CellEnd> {
  let idle: () => void = () => {};
  const seenIdle = new Promise<true>((resolve) => {
    idle = () => resolve(true);
  });
  let lastSign = Date.now();
  const listen = (message: Message) => {
    lastSign = Date.now();
    watch.onMessage(message);
    const ours = message.parent_header.msg_id === execution.id;
    if (ours && message.content.execution_state === 'idle') idle();
  };
  const execution = kernel.execute(code);
  watch.onStart(execution.id);
  kernel.on('broadcast', listen);
  const timers = new AbortController();
  try {
    const reply = execution.reply.then(
      ({ content }): CellEnd => ({
        how: 'replied',
        status: content.status,
        count: content.execution_count ?? null,
        tensors: content.gradbook?.tensors ?? null,
        precision: content.gradbook?.precision ?? [],
      }),
      (error): CellEnd => ({ how: 'died', message: error.message }),
    );
    const end = await Promise.race([
      reply,
      aborted(watch.signal, timers.signal),
      after(watch.timeout, 'timeout', timers.signal),
      silent(() => lastSign, watch.silence, timers.signal),
    ]);
    if (end.how === 'died') return end;
    if (end.how !== 'replied') {
      // Let it end by itself, so that training writes its checkpoint and the notebook shows its
      // progress.
      kernel.interrupt();
      await Promise.race([reply, sleep(watch.grace, undefined, { signal: timers.signal })]);
      await Promise.race([seenIdle, sleep(200)]);
      return end;
    }
    // The reply travels on another socket than the output. `idle` is the last of the output.
    const complete = await Promise.race([
      seenIdle,
      sleep(watch.drain, false, { signal: timers.signal }).catch(() => false),
    ]);
    return complete ? end : { how: 'output-lost' };
  } finally {
    timers.abort();
    kernel.off('broadcast', listen);
  }
}

const never = () => new Promise<never>(() => {});

async function after(
  milliseconds: number,
  how: 'timeout' | 'silence',
  stop: AbortSignal,
): Promise<CellEnd> {
  // A timer of more than 2^31 ms fires at once.
  if (milliseconds > 2 ** 31 - 1) return never();
  await sleep(milliseconds, undefined, { signal: stop }).catch(never);
  return { how };
}

async function silent(
  lastSign: () => number,
  milliseconds: number,
  stop: AbortSignal,
): Promise<CellEnd> {
  for (;;) {
    const left = lastSign() + milliseconds - Date.now();
    if (left <= 0) return { how: 'silence' };
    await after(left, 'silence', stop);
  }
}

function aborted(signal: AbortSignal, stop: AbortSignal): Promise<CellEnd> {
  return new Promise((resolve) => {
    const end = () => resolve({ how: 'interrupted' });
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    stop.addEventListener('abort', () => signal.removeEventListener('abort', end));
  });
}
