/**
 * Events that a cell sends to the runner besides its output. An event is part of an ordinary
 * `display_data` or `update_display_data` message, as one more MIME type of the bundle: JupyterLab
 * ignores it, the headless runner reads it.
 */
export const eventMime = 'application/vnd.gradbook.v1+json';

/** Work in progress. Sent again, with the same `id`, on each change. */
export interface ProgressEvent {
  kind: 'progress';
  id: string;
  /** Label, such as `training cnn`. */
  label: string;
  /** Steps done so far and in total; `total` is null if unknown. */
  done: number;
  total: number | null;
  /** Name of a step, such as `epoch` or `image`. */
  unit: string;
  /** Values to show, such as `{ loss: 0.31, val_accuracy: 0.87 }`, in order. */
  fields: Record<string, number | string>;
  /** Seconds since the start, and estimated seconds left. */
  seconds: number;
  secondsLeft: number | null;
  state: 'running' | 'done' | 'interrupted' | 'failed';
}

/** A bound on a metric, and whether it held. */
export interface BoundEvent {
  kind: 'bound';
  name: string;
  value: number;
  atLeast?: number;
  atMost?: number;
  /** Null where it is not judged, in the profile `smoke`. */
  holds: boolean | null;
}

/** A metric for the summary, with the paper's value where there is one. */
export interface ResultEvent {
  kind: 'result';
  /** Section of the paper, such as `2.4`; empty for none. */
  section: string;
  /** What was measured, such as `test accuracy`. */
  name: string;
  value: number;
  /** The paper's value as printed there: `99.5 %`. */
  paper?: string;
  /** Whether the value agrees with a text of the paper that has no number. */
  agrees?: boolean;
  /** Further values for the summary's row: seconds, parameters, device. */
  details?: Record<string, number | string>;
}

/** A training that has ended, with its figures by epoch. */
export interface TrainingEvent {
  kind: 'training';
  /** The model's name. */
  name: string;
  /** Numbers of its epochs, from 0, and seconds that each took. */
  epochs: number[];
  seconds: number[];
  /** One list a figure, one entry an epoch, as in the history; null for what is no finite number. */
  history: Record<string, (number | null)[]>;
  /** When it ended, milliseconds since 1970. */
  endedAt: number;
}

export type NotebookEvent = ProgressEvent | BoundEvent | ResultEvent | TrainingEvent;
