import * as os from 'node:os';
import { type Card, cardsHere } from './cards';

/** The properties of a machine that determine the number of parallel jobs. */
interface Machine {
  processors: number;
  /** Bytes. */
  memory: number;
  cards: readonly Card[];
}

/** Two notebooks of the profile `full` held 3.3 GB each. */
const enoughForTwo = 7 * 2 ** 30;
const enoughForOne = enoughForTwo / 2;

/** MiB of a GPU that a notebook may need: fine-tuning a MobileNet at batch 32, and CUDA's own. */
const onCard = 6 * 1024;
/** More notebooks on one GPU are hardly faster. */
const mostOnCard = 4;

/**
 * Default of `--jobs`, the number of notebooks run in parallel. On a CPU two, since a single small
 * network leaves processors idle; one with one processor or less than 7 GiB of memory. On GPUs up
 * to four each, as far as their memory (6 GiB a notebook), the machine's (3.5 GiB) and its
 * processors (two) allow: a small network leaves most of a GPU idle.
 *
 * @param machine default this one, with the limits of the container it is in
 */
export function defaultJobs({ processors, memory, cards }: Machine = thisMachine()): number {
  if (cards.length === 0) return processors >= 2 && memory >= enoughForTwo ? 2 : 1;
  const room = cards.map((card) =>
    Math.max(1, Math.min(mostOnCard, Math.floor((card.memory || onCard) / onCard))),
  );
  const wanted = room.reduce((sum, count) => sum + count, 0);
  return Math.max(
    1,
    Math.min(wanted, Math.floor(processors / 2), Math.floor(memory / enoughForOne)),
  );
}

function thisMachine(): Machine {
  // Node returns 0 or undefined where there is no limit.
  const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  return {
    processors: os.availableParallelism(),
    memory: Math.min(os.totalmem(), limit),
    cards: cardsHere(),
  };
}
