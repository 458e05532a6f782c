/** Something to do, after what it needs. */
export interface Job {
  name: string;
  needs: readonly string[];
  /** Never two of these at once. */
  exclusive: boolean;
}

export interface ScheduleOptions<T> {
  /** How many run at once. */
  slots: number;
  run(job: T): Promise<void>;
  /** Whether no more are to be started. Those that run are waited for. */
  stopped(): boolean;
}

/** Runs jobs in their order, each after those it needs, several at once where that is allowed. */
export async function schedule<T extends Job>(
  jobs: readonly T[],
  { slots, run, stopped }: ScheduleOptions<T>,
): Promise<void> {
  const waiting = [...jobs];
  const running = new Map<T, Promise<void>>();
  const open = () => new Set([...waiting, ...running.keys()].map(({ name }) => name));
  const startable = (job: T) => {
    const names = open();
    const alone = !job.exclusive || ![...running.keys()].some(({ exclusive }) => exclusive);
    return alone && !job.needs.some((need) => names.has(need));
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
