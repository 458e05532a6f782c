/** Something to do, after what it needs. */
export interface Job {
  name: string;
  needs: readonly string[];
  /** How long it is expected to take. Default 1. */
  seconds?: number;
}

export interface ScheduleOptions<T> {
  /** How many run at once. */
  slots: number;
  run(job: T): Promise<void>;
  /** Whether no more are to be started. Those that run are waited for. */
  stopped(): boolean;
}

/**
 * Runs jobs in their order, each after those it needs, several at once where that is allowed: then
 * those first that begin the longest way to the end, so that no long one is left over to run alone.
 */
export async function schedule<T extends Job>(
  jobs: readonly T[],
  { slots, run, stopped }: ScheduleOptions<T>,
): Promise<void> {
  const waiting = slots > 1 ? longestWayFirst(jobs) : [...jobs];
  const running = new Map<T, Promise<void>>();
  const open = () => new Set([...waiting, ...running.keys()].map(({ name }) => name));
  const startable = (job: T) => {
    const names = open();
    return !job.needs.some((need) => names.has(need));
  };
  for (;;) {
    while (running.size < slots && !stopped()) {
      const index = waiting.findIndex(startable);
      if (index < 0) break;
      const [job] = waiting.splice(index, 1);
      const end = run(job!).finally(() => running.delete(job!));
      running.set(job!, end);
    }
    if (running.size === 0) return;
    await Promise.race(running.values());
  }
}

/** Those first that with all that must follow them take longest; others in their order. */
function longestWayFirst<T extends Job>(jobs: readonly T[]): T[] {
  const ways = new Map<string, number>();
  const way = (job: T): number => {
    const known = ways.get(job.name);
    if (known !== undefined) return known;
    const after = jobs.filter(({ needs }) => needs.includes(job.name)).map(way);
    const found = (job.seconds ?? 1) + Math.max(0, ...after);
    ways.set(job.name, found);
    return found;
  };
  return [...jobs].sort((a, b) => way(b) - way(a));
}
