import type { Message } from '../../jupyter';
import { eventMime, type NotebookEvent, type ProgressEvent } from '../../notebook';
import { type Bound, boundHolds, metricName, type Result, type TrainingRecord } from '../record';

const shows = ['display_data', 'update_display_data', 'execute_result'];

/** The events of a notebook run: every bound and every metric, in order. */
export class Events {
  private readonly bounds = new Statements<Bound>();
  private readonly results = new Statements<Result>();
  private readonly trainings: TrainingRecord[] = [];

  constructor(private readonly onProgress: (event: ProgressEvent) => void = () => {}) {}

  /** Handles the event of a broadcast, if it contains one. */
  take(message: Message): void {
    if (!shows.includes(message.header.msg_type)) return;
    const value = message.content.data?.[eventMime];
    if (value === null || typeof value !== 'object') return;
    const display = message.content.transient?.display_id;
    for (const [index, event] of (Array.isArray(value) ? value : [value]).entries()) {
      this.add(event, display === undefined ? null : `${display} ${index}`);
    }
  }

  /** Every bound; equal names are numbered: `name (1)`, `name (2)`. */
  allBounds(): Bound[] {
    return numbered(this.bounds.all(), ({ name }) => name);
  }

  /** Every result; equal names of one section are numbered in the same way. */
  allResults(): Result[] {
    return numbered(this.results.all(), metricName);
  }

  /** Every training, in the order in which they ended. */
  allTrainings(): TrainingRecord[] {
    return [...this.trainings];
  }

  private add(event: NotebookEvent, display: string | null): void {
    if (event.kind === 'progress') this.onProgress(event);
    if (event.kind === 'bound') {
      const { kind, ...bound } = event;
      this.bounds.add({ ...bound, holds: boundHolds(bound) }, display);
    }
    if (event.kind === 'result') {
      const { kind, ...result } = event;
      this.results.add(result, display);
    }
    if (event.kind === 'training') {
      const { kind, ...training } = event;
      this.trainings.push(training);
    }
  }
}

/** Events in order; an updated display replaces its own event. */
class Statements<T> {
  private readonly list: T[] = [];
  private readonly places = new Map<string, number>();

  add(statement: T, display: string | null): void {
    const known = display === null ? undefined : this.places.get(display);
    const place = known ?? this.list.length;
    this.list[place] = statement;
    if (display !== null) this.places.set(display, place);
  }

  all(): T[] {
    return [...this.list];
  }
}

/** Appends ` (1)`, ` (2)` to the names of events whose key occurs more than once. */
function numbered<T extends { name: string }>(
  statements: readonly T[],
  keyOf: (statement: T) => string,
): T[] {
  const counts = new Map<string, number>();
  for (const statement of statements) {
    counts.set(keyOf(statement), (counts.get(keyOf(statement)) ?? 0) + 1);
  }
  const taken = new Set(counts.keys());
  const numbers = new Map<string, number>();
  return statements.map((statement) => {
    const key = keyOf(statement);
    if (counts.get(key) === 1) return statement;
    let number = numbers.get(key) ?? 0;
    let renamed: T;
    do {
      number++;
      renamed = { ...statement, name: `${statement.name} (${number})` };
    } while (taken.has(keyOf(renamed)));
    taken.add(keyOf(renamed));
    numbers.set(key, number);
    return renamed;
  });
}
