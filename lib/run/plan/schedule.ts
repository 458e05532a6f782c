/** A job with dependencies. */
export interface Job {
  name: string;
  needs: readonly string[];
  /** Expected duration. Default 1. */
  seconds?: number;
}

export interface ScheduleOptions<T> {
  /** Number of parallel jobs. */
  slots: number;
  run(job: T): Promise<void>;
  /** Whether to start no more jobs. Running ones are awaited. */
  stopped(): boolean;
  /** Called when a slot is free and every other job runs already or waits for one that does. */
  idle?(): void;
}

/**
 * Runs jobs in order, each after those it needs. Several run in parallel if allowed: then those
 * with the longest critical path first, so that no long job runs alone at the end.
 */
export async function schedule<T extends Job>(
  jobs: readonly T[],
  { slots, run, stopped, idle }: ScheduleOptions<T>,
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
    if (running.size < slots && !stopped()) idle?.();
    await Promise.race(running.values());
  }
}

/** Sorted by the length of their critical path, the longest first; ties keep their order. */
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
