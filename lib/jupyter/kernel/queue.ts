import type { Content, Origin } from './messages';

/** A queued cell. */
export interface CellRequest {
  origin: Origin;
  content: Content;
}

/** Runs and aborts cells. */
export interface CellRunner {
  /** Runs a cell and replies; returns whether the queued cells should be aborted. */
  run(request: CellRequest): Promise<boolean>;
  /** Replies to a cell that is not run because an earlier one failed. */
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
