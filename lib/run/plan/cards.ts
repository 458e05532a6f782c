import { spawnSync } from 'node:child_process';
import { environment } from '../../runtime';
import { usesGpu } from '../engine-name';

/** An NVIDIA GPU of this machine. */
export interface Card {
  /** As `CUDA_VISIBLE_DEVICES` names it: a number from 0, or an id such as `GPU-8f6a…` or `MIG-…`. */
  id: string;
  /** MiB; 0 where it is not known. */
  memory: number;
}

/**
 * Reads `nvidia-smi --query-gpu=index,memory.total --format=csv,noheader,nounits`.
 *
 * @param visible the value of `CUDA_VISIBLE_DEVICES`: only those, in this order
 */
export function parseCards(output: string, visible?: string): Card[] {
  const all = output.split('\n').flatMap((line) => {
    const [id = '', memory] = line.split(',').map((cell) => cell.trim());
    return /^\d+$/.test(id) ? [{ id, memory: Number(memory) || 0 }] : [];
  });
  if (visible === undefined) return all;
  const ids = visible.split(',').map((id) => id.trim());
  // CUDA stops at the first invalid entry: -1 hides the rest.
  const end = ids.findIndex((id) => id === '' || id.startsWith('-'));
  const named = end < 0 ? ids : ids.slice(0, end);
  return named.flatMap((id) => {
    const known = all.find((card) => card.id === id);
    return known ?? (/^\d+$/.test(id) ? [] : { id, memory: 0 });
  });
}

/** The GPUs that notebooks of this workspace run on; none where they run on the CPU. */
export function cardsHere(): Card[] {
  if (!usesGpu()) return [];
  const query = ['--query-gpu=index,memory.total', '--format=csv,noheader,nounits'];
  const { status, stdout } = spawnSync('nvidia-smi', query, { encoding: 'utf8', timeout: 10_000 });
  return status === 0 ? parseCards(stdout, environment().visibleCards) : [];
}

/** Assigns GPUs to notebooks: each gets the one with the fewest notebooks. */
export class CardTurns {
  private readonly running: Map<string, number>;

  constructor(cards: readonly string[]) {
    this.running = new Map(cards.map((card) => [card, 0]));
  }

  /** The GPU of the next notebook; undefined where there is no choice. */
  take(): string | undefined {
    let least: string | undefined;
    for (const [card, count] of this.running) {
      if (least === undefined || count < this.running.get(least)!) least = card;
    }
    if (least !== undefined) this.running.set(least, this.running.get(least)! + 1);
    return least;
  }

  /** To be called when its notebook has ended. */
  give(card: string | undefined): void {
    if (card !== undefined) this.running.set(card, this.running.get(card)! - 1);
  }
}
