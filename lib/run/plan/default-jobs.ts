import * as os from 'node:os';
import { usesGpu } from '../engine-name';

/** What of a machine decides how much runs side by side. */
interface Machine {
  processors: number;
  /** Bytes. */
  memory: number;
  gpu: boolean;
}

/** Two notebooks of the profile `full` held 3.3 GB each. */
const enoughForTwo = 7 * 2 ** 30;

/**
 * How many notebooks run side by side unless `--jobs` says otherwise: two, for small networks leave
 * processors idle when one trains alone; one where there is one processor or less than 7 GiB of
 * memory, or a GPU to take turns at.
 *
 * @param machine default this one, with the limits of the container it is in
 */
export function defaultJobs({ processors, memory, gpu }: Machine = thisMachine()): number {
  return processors >= 2 && memory >= enoughForTwo && !gpu ? 2 : 1;
}

function thisMachine(): Machine {
  // Node says 0 or nothing where there is no limit.
  const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  return {
    processors: os.availableParallelism(),
    memory: Math.min(os.totalmem(), limit),
    gpu: usesGpu(),
  };
}
