import { eventMime, type NotebookEvent, type ProgressEvent } from '../notebook/events';
import type { Message } from './messages';
import { type Bound, boundHolds, type Result } from './record';

/** What a notebook told while it ran: bounds and results by name, the latest of each. */
export class Events {
  private readonly bounds = new Map<string, Bound>();
  private readonly results = new Map<string, Result>();

  constructor(private readonly onProgress: (event: ProgressEvent) => void = () => {}) {}

  /** Takes the event out of a broadcast, if there is one in it. */
  take(message: Message): void {
    if (!['display_data', 'update_display_data'].includes(message.header.msg_type)) return;
    const value = message.content.data?.[eventMime];
    if (value === null || typeof value !== 'object') return;
    for (const event of Array.isArray(value) ? value : [value]) this.add(event);
  }

  allBounds(): Bound[] {
    return [...this.bounds.values()];
  }

  allResults(): Result[] {
    return [...this.results.values()];
  }

  private add(event: NotebookEvent): void {
    if (event.kind === 'progress') this.onProgress(event);
    if (event.kind === 'bound') {
      const { kind, ...bound } = event;
      this.bounds.set(bound.name, { ...bound, holds: boundHolds(bound) });
    }
    if (event.kind === 'result') {
      const { kind, ...result } = event;
      this.results.set(`${result.section} ${result.name}`, result);
    }
  }
}
