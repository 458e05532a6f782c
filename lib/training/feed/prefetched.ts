import { interruptCount, interruptSince, onInterrupt } from '../../runtime';

/** What gives items one by one. */
export interface ItemSource<T> {
  /** The next item; null at the end. Not called again before it has settled. */
  next(): Promise<T | null>;
  /** Told when no more is wanted. */
  close?(): Promise<unknown> | undefined;
}

type Outcome<T> = { item: T } | { error: unknown };

/** Milliseconds that are waited for an item under way when no more is wanted. */
const patience = 1000;

/** Items of a source, some of them fetched before they are asked for. */
export class Prefetched<T> {
  private readonly ready: Outcome<T>[] = [];
  private fetching: Promise<void> | undefined;
  private ended = false;
  private closed = false;

  /**
   * @param depth how many items are held at most before they are asked for; 0 fetches each when it is
   * @param free disposes of an item that nobody asked for
   */
  constructor(
    private readonly source: ItemSource<T>,
    private readonly depth: number,
    private readonly free: (item: T) => void,
  ) {}

  /**
   * The next item, which belongs to the caller; `end` after the last, `interrupted` where the user
   * interrupted the waiting. Throws what the source threw, in its turn.
   */
  async next(): Promise<{ item: T } | 'end' | 'interrupted'> {
    const since = interruptCount();
    while (this.ready.length === 0 && !this.ended) {
      this.fetch();
      await untilInterrupt(this.fetching!);
      if (this.ready.length === 0 && interruptSince(since)) return 'interrupted';
    }
    const first = this.ready.shift();
    this.fill();
    if (!first) return 'end';
    if ('error' in first) throw first.error;
    return first;
  }

  /** Ends the fetching and frees what is ready. An item that comes later is freed when it comes. */
  async close(): Promise<void> {
    this.closed = true;
    for (const outcome of this.ready.splice(0)) if ('item' in outcome) this.free(outcome.item);
    if (this.fetching) await inTime(this.fetching);
    // A source that is not at its end may have files to close; what goes wrong there changes no result.
    const closing = Promise.resolve(this.source.close?.()).catch(() => {});
    await inTime(closing);
  }

  private fill(): void {
    if (this.ready.length < this.depth && !this.ended && !this.closed) this.fetch();
  }

  private fetch(): void {
    this.fetching ??= this.fetchOne().finally(() => {
      this.fetching = undefined;
      this.fill();
    });
  }

  private async fetchOne(): Promise<void> {
    try {
      const item = await this.source.next();
      if (item === null) this.ended = true;
      else if (this.closed) this.free(item);
      else this.ready.push({ item });
    } catch (error) {
      this.ended = true;
      this.ready.push({ error });
    }
  }
}

async function untilInterrupt(work: Promise<void>): Promise<void> {
  let forget = () => {};
  const interrupted = new Promise<void>((resolve) => {
    forget = onInterrupt(resolve);
  });
  await Promise.race([work, interrupted]).finally(forget);
}

async function inTime(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patience);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
