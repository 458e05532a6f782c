import type { PaperMetric } from './metric';
import { inPaperForm, paperRange } from './range';

/** How a metric of a run stands to the paper's value. */
export type Verdict = 'reproduced' | 'higher' | 'lower' | 'differs' | 'not comparable';

export interface PaperRow {
  section: string;
  name: string;
  /** The paper's value, as it prints it. */
  paper: string;
  /** The run's value, in the paper's form. */
  ours: string;
  verdict: Verdict;
  /** The verdict in words: `reproduced`, `2.1 points lower`. */
  words: string;
}

/**
 * A value within this distance of the paper's number or range counts as reproduced: the images are
 * rebuilt from other photos, so smaller differences say nothing. Twice as much where the paper says "about".
 */
export const tolerance = 0.02;

/** Whether a metric is a difference of two others, by its name. */
export const isChange = (name: string): boolean => /^change of|gained by/.test(name);

/**
 * Compares a metric with the paper's value.
 *
 * @returns null where the paper has no value of it
 */
export function paperRow(metric: PaperMetric): PaperRow | null {
  const { section, name, value, paper, agrees } = metric;
  if (paper === undefined) return null;
  const ours = inPaperForm(value, paper, isChange(name));
  const row = { section, name, paper, ours };
  const range = paperRange(paper);
  if (!Number.isFinite(value)) return { ...row, verdict: 'not comparable', words: 'no value' };
  if (!range) {
    if (agrees === undefined) return { ...row, verdict: 'not comparable', words: 'not comparable' };
    return agrees
      ? { ...row, verdict: 'reproduced', words: 'reproduced' }
      : { ...row, verdict: 'differs', words: 'not reproduced' };
  }
  const apart = value < range[0] ? value - range[0] : value > range[1] ? value - range[1] : 0;
  const allowed = paper.includes('about') ? 2 * tolerance : tolerance;
  // Rounded to what is shown, so that "2 points lower" is never called reproduced by a rounding error.
  const points = Math.round(Math.abs(apart) * 1000) / 10;
  if (points <= 100 * allowed) return { ...row, verdict: 'reproduced', words: 'reproduced' };
  const verdict = apart > 0 ? 'higher' : 'lower';
  return { ...row, verdict, words: `${points} points ${verdict}` };
}

/** The rows of all metrics that the paper has, in their order. */
export function paperRows(metrics: readonly PaperMetric[]): PaperRow[] {
  return metrics.flatMap((metric) => paperRow(metric) ?? []);
}
