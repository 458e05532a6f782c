import { sharedState } from './shared-state';

/**
 * What products were computed in by `train`, `predict` and the like in this process, in the order in
 * which each was first used, such as `['float32', 'bfloat16']`. `lib/ops` adds to it; the kernel tells it.
 */
export function usedPrecisions(): Set<string> {
  return sharedState('used-precisions', () => new Set<string>());
}
