/** Time and memory of one turn. */
export interface Taken {
  seconds: number;
  cpuSeconds: number;
}

export type Work = () => Promise<Taken>;

/** Measures wall-clock and processor time until the returned function is called. */
export function stopwatch(): () => Taken {
  const cpu = process.cpuUsage();
  const start = performance.now();
  return () => {
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    return { seconds, cpuSeconds: (user + system) / 1e6 };
  };
}

/** Measures a function call. */
export async function timed(work: () => Promise<unknown>): Promise<Taken> {
  const taken = stopwatch();
  await work();
  return taken();
}
