/** What one turn took. */
export interface Taken {
  seconds: number;
  cpuSeconds: number;
}

export type Work = () => Promise<Taken>;

/** Counts the clock and the processors from now until the returned function is called. */
export function stopwatch(): () => Taken {
  const cpu = process.cpuUsage();
  const start = performance.now();
  return () => {
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    return { seconds, cpuSeconds: (user + system) / 1e6 };
  };
}

/** Times the whole of something. */
export async function timed(work: () => Promise<unknown>): Promise<Taken> {
  const taken = stopwatch();
  await work();
  return taken();
}
