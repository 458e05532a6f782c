import { AsyncLocalStorage } from 'node:async_hooks';
import { sharedState } from '../runtime';
import { eventMime, type NotebookEvent } from './events';

/** One output in several MIME types, of which the front end picks one. */
export interface Bundle {
  /** Always present: shown by a terminal or a log. */
  'text/plain': string;
  [mime: string]: unknown;
}

/** A bundle as a Jupyter `display_data` message carries it. */
export interface DisplayMessage {
  data: Bundle;
  metadata: Record<string, unknown>;
  transient: { display_id?: string };
}

/** Removes the running cell's outputs: at once, or when the next one comes. */
export type Clear = (wait: boolean) => void;

/** The receiver of outputs. The notebook kernel sets one; without it they are printed. */
export type Sink = (message: DisplayMessage, update: boolean) => void;

const state = sharedState('notebook-sink', () => ({
  sink: null as Sink | null,
  clear: null as Clear | null,
  interceptors: new AsyncLocalStorage<((shown: Shown) => void) | null>(),
}));

/** Sends all outputs to `sink` from now on; null prints them again. Called by the kernel and by tests. */
export function setSink(sink: Sink | null, clear: Clear | null = null): void {
  state.sink = sink;
  state.clear = clear;
}

/**
 * Removes the running cell's outputs so far, as IPython's `clear_output`. Does nothing outside a
 * notebook.
 *
 * @param options `wait: true` removes it only when the next output comes, which avoids flicker
 */
export function clearOutput({ wait = false }: { wait?: boolean } = {}): void {
  state.clear?.(wait);
}

/** Whether outputs go to a notebook. */
export function inNotebook(): boolean {
  return state.sink !== null;
}

/** Options of `publish`. */
export interface PublishOptions {
  /** Metadata by MIME type, such as the size of an image. */
  metadata?: Record<string, unknown>;
  /** An event for the runner, sent with the bundle. */
  event?: NotebookEvent | readonly NotebookEvent[];
  /** Names the output, so that a later `update` replaces it. */
  id?: string;
  update?: boolean;
}

/** A displayed output. */
export interface Shown {
  bundle: Bundle;
  metadata: Record<string, unknown>;
  id: string | undefined;
  update: boolean;
}

/**
 * Passes the outputs of `work` to `take` instead of the cell; outputs of `take` itself go to the
 * cell. Prints are passed as text bundles.
 */
export function intercept<T>(take: (shown: Shown) => void, work: () => T): T {
  const { interceptors } = state;
  return interceptors.run((shown) => interceptors.run(null, take, shown), work);
}

/** The function that receives the running code's outputs; null when they go to the cell. */
export function interceptor(): ((shown: Shown) => void) | null {
  return state.interceptors.getStore() ?? null;
}

/** Shows a bundle in the running cell, or prints its text where there is no notebook. */
export function publish(bundle: Bundle, options: PublishOptions = {}): void {
  const { sink } = state;
  const take = interceptor();
  if (take) {
    const data = options.event ? { ...bundle, [eventMime]: options.event } : bundle;
    const { metadata = {}, id, update = false } = options;
    take({ bundle: data, metadata, id, update });
    return;
  }
  if (!sink) {
    process.stdout.write(`${bundle['text/plain']}\n`);
    return;
  }
  const data = options.event ? { ...bundle, [eventMime]: options.event } : bundle;
  const transient = options.id === undefined ? {} : { display_id: options.id };
  sink({ data, metadata: options.metadata ?? {}, transient }, options.update ?? false);
}
