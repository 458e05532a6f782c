import { sharedState } from '../runtime';
import { eventMime, type NotebookEvent } from './events';

/** One output: the same thing in several MIME types, of which the reader picks one. */
export interface Bundle {
  /** Always there: what a terminal or a log shows. */
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

/** Where outputs go. The notebook kernel sets one; without it they are printed. */
export type Sink = (message: DisplayMessage, update: boolean) => void;

const state = sharedState('notebook-sink', () => ({
  sink: null as Sink | null,
  clear: null as Clear | null,
}));

/** Sends all outputs to `sink` from now on; null prints them again. Called by the kernel and by tests. */
export function setSink(sink: Sink | null, clear: Clear | null = null): void {
  state.sink = sink;
  state.clear = clear;
}

/**
 * Removes what the running cell has shown so far, as IPython's `clear_output`. Does nothing where
 * there is no notebook.
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

/** What `publish` takes beside the bundle. */
export interface PublishOptions {
  /** Metadata by MIME type, such as the size of a picture. */
  metadata?: Record<string, unknown>;
  /** Goes with the bundle to whoever runs the notebook. */
  event?: NotebookEvent | readonly NotebookEvent[];
  /** Names the output, so that a later `update` replaces it. */
  id?: string;
  update?: boolean;
}

/** Shows a bundle in the running cell, or prints its text where there is no notebook. */
export function publish(bundle: Bundle, options: PublishOptions = {}): void {
  const { sink } = state;
  if (!sink) {
    process.stdout.write(`${bundle['text/plain']}\n`);
    return;
  }
  const data = options.event ? { ...bundle, [eventMime]: options.event } : bundle;
  const transient = options.id === undefined ? {} : { display_id: options.id };
  sink({ data, metadata: options.metadata ?? {}, transient }, options.update ?? false);
}
