import type { Content, Origin } from './messages';

/** A cell that waits for its turn. */
export interface CellRequest {
  origin: Origin;
  content: Content;
}

/** What runs and refuses cells. */
export interface CellRunner {
  /** Runs a cell and answers it; tells whether those that wait behind it should not run. */
  run(request: CellRequest): Promise<boolean>;
  /** Answers a cell that is not run, since one before it failed. */
  abort(request: CellRequest): void;
}

/** Runs cells in the order in which they came. */
export class CellQueue {
  private readonly waiting: CellRequest[] = [];
  private busy = false;

  constructor(private readonly runner: CellRunner) {}

  add(request: CellRequest): void {
    this.waiting.push(request);
    if (!this.busy) void this.work();
  }

  private async work(): Promise<void> {
    this.busy = true;
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      const stop = await this.runner.run(next);
      if (!stop) continue;
      for (const request of this.waiting.splice(0)) this.runner.abort(request);
    }
    this.busy = false;
  }
}
