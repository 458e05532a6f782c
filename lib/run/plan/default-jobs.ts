import * as os from 'node:os';
import { type Card, cardsHere } from './cards';

/** What of a machine decides how much runs side by side. */
interface Machine {
  processors: number;
  /** Bytes. */
  memory: number;
  cards: readonly Card[];
}

/** Two notebooks of the profile `full` held 3.3 GB each. */
const enoughForTwo = 7 * 2 ** 30;
const enoughForOne = enoughForTwo / 2;

/** MiB of a card that a notebook may need: fine-tuning a MobileNet at batch 32, and CUDA's own. */
const onCard = 6 * 1024;
/** More notebooks on one card gain little. */
const mostOnCard = 4;

/**
 * How many notebooks run side by side unless `--jobs` says otherwise. On a CPU two, for small
 * networks leave processors idle when one trains alone; one where there is one processor or less
 * than 7 GiB of memory. On cards up to four each, as far as their memory (6 GiB a notebook), the
 * machine's (3.5 GiB) and its processors (two) allow: a small network leaves most of a card idle.
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
  // Node says 0 or nothing where there is no limit.
  const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  return {
    processors: os.availableParallelism(),
    memory: Math.min(os.totalmem(), limit),
    cards: cardsHere(),
  };
}
