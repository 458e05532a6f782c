import { GradbookError, Random, random } from '../runtime';
import { missingClasses, reportMissing } from './account';
import { subset } from './rows';
import type { ImageSet, LabelledSet, StreamedImageSet } from './types';

/** Options of `split`. */
export interface SplitOptions {
  /** Fraction of the rows for the validation set, at least 0 and below 1. Default 0.125. */
  validation?: number;
  /** Stratify by the primary classes. Default true. */
  stratified?: boolean;
  /** Seed of the random choice. Default: the process's generator, which follows `setSeed`. */
  seed?: number;
}

/**
 * Splits off a random part of a data set for validation. Both parts keep the order of their rows;
 * the validation part has `round(count · validation)` of them, stratified or not. Stratified, each
 * class of at least two rows has one in both parts, as long as the validation part has as many rows
 * as there are classes. A part that lacks a class causes a warning on stderr.
 *
 * @throws GradbookError `bad-split` for a fraction outside [0, 1)
 */
export function split<T extends ImageSet | StreamedImageSet>(
  set: T,
  options: SplitOptions = {},
): { train: T; validation: T } {
  const { train, validation } = splitRows(set, options);
  reportMissing(
    missingClasses([train, validation]),
    'increase the validation fraction, stratify, or add images of them',
  );
  return { train, validation };
}

/** The same without a word. */
export function splitRows<T extends ImageSet | StreamedImageSet>(
  set: T,
  options: SplitOptions = {},
): { train: T; validation: T } {
  const { validation = 0.125, stratified = true, seed } = options;
  if (!(validation >= 0 && validation < 1)) {
    throw new GradbookError(
      `validation ${validation}: give a fraction of at least 0 and below 1, such as 0.125`,
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

/**
 * How many rows of each class go to the validation part: proportions rounded down, the rest by
 * largest remainder. Where possible, every class of two rows or more has a row in both parts, at
 * the expense of the classes with the most rows beyond their proportion.
 */
function quotasOf(set: LabelledSet, wanted: number): number[] {
  const counts = set.classNames.map(() => 0);
  for (const label of set.primary) counts[label]!++;
  const shares = counts.map((count) => (count * wanted) / Math.max(1, set.count));
  const least = counts.map((count) => (count > 1 ? 1 : 0));
  const most = counts.map((count) => (count > 1 ? count - 1 : count));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const bounded = sum(least) <= wanted && wanted <= sum(most);
  const quotas = shares.map((share, label) =>
    bounded
      ? Math.min(most[label]!, Math.max(least[label]!, Math.floor(share)))
      : Math.floor(share),
  );
  for (let missing = wanted - sum(quotas); missing !== 0; missing -= Math.sign(missing)) {
    const way = Math.sign(missing);
    // The class farthest from its proportion in the direction needed; the first of ties.
    const gap = (label: number) => way * (shares[label]! - quotas[label]!);
    const open = quotas.flatMap((quota, label) => {
      const next = quota + way;
      const fits = bounded
        ? next >= least[label]! && next <= most[label]!
        : next >= 0 && next <= counts[label]!;
      return fits ? [label] : [];
    });
    open.sort((a, b) => gap(b) - gap(a) || a - b);
    quotas[open[0]!]! += way;
  }
  return quotas;
}
