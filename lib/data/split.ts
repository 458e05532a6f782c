import { GradbookError, Random, random } from '../runtime';
import { subset } from './rows';
import type { ImageSet } from './types';

/** How `split` sets rows aside. */
export interface SplitOptions {
  /** Part of the rows that becomes the validation set, at least 0 and below 1. Default 0.125. */
  validation?: number;
  /** Keeps the proportions of the primary classes. Default true. */
  stratified?: boolean;
  /** Seed of the choice. Default: the process's generator, which follows `setSeed`. */
  seed?: number;
}

/**
 * Sets a random part of a data set aside for validation. Both parts keep the order of their rows;
 * the validation part has `round(count · validation)` of them, stratified or not.
 *
 * @throws GradbookError `bad-split` for a fraction outside [0, 1)
 */
export function split(
  set: ImageSet,
  options: SplitOptions = {},
): { train: ImageSet; validation: ImageSet } {
  const { validation = 0.125, stratified = true, seed } = options;
  if (!(validation >= 0 && validation < 1)) {
    throw new GradbookError(
      `validation ${validation}: give the part to set aside, at least 0 and below 1, such as 0.125`,
      'bad-split',
    );
  }
  const generator = seed === undefined ? random() : new Random(seed);
  const order = generator.permutation(set.count);
  const wanted = Math.round(set.count * validation);
  const quotas = stratified ? quotasOf(set, wanted) : undefined;

  const kept: number[] = [];
  const aside: number[] = [];
  for (const row of order) {
    const label = set.primary[row]!;
    if (quotas ? quotas[label]!-- > 0 : aside.length < wanted) aside.push(row);
    else kept.push(row);
  }
  const ascending = (a: number, b: number) => a - b;
  return {
    train: subset(set, kept.sort(ascending), 'train'),
    validation: subset(set, aside.sort(ascending), 'validation'),
  };
}

/** How many rows of each class to set aside: shares rounded down, the rest to the largest remainders. */
function quotasOf(set: ImageSet, wanted: number): number[] {
  const counts = set.classNames.map(() => 0);
  for (const label of set.primary) counts[label]!++;
  const shares = counts.map((count) => (count * wanted) / Math.max(1, set.count));
  const quotas = shares.map(Math.floor);
  const remainder = (label: number) => shares[label]! - quotas[label]!;
  const byRemainder = quotas.map((_, label) => label);
  byRemainder.sort((a, b) => remainder(b) - remainder(a) || a - b);
  const missing = wanted - quotas.reduce((sum, quota) => sum + quota, 0);
  const raised = new Set(byRemainder.slice(0, missing));
  return quotas.map((quota, label) => quota + (raised.has(label) ? 1 : 0));
}
