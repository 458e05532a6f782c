import type { Result } from '../../lib/run/record';
import { type NotebookSummary, type Summary, summarize } from '../../lib/run/summary/summary';

/** Section, name, value and the paper's value of a metric. */
export type TestMetric = [string, string, number, string?, Partial<Result>?];

/** The summary of a green run whose notebooks measured this. */
export function summaryOf(
  notebooks: Record<string, readonly TestMetric[]>,
  profile = 'quick',
): Summary {
  const entries = Object.entries(notebooks).map(([name, metrics]): NotebookSummary => {
    const startedAt = '2026-01-02T03:04:05.678Z';
    return {
      ...{ name, title: `${name}: the title`, status: 'passed', cached: false, reason: '' },
      ...{ startedAt, seconds: 1, parameters: {}, notebook: `${name}.ipynb`, html: `${name}.html` },
      metrics: metrics.map(([section, metric, value, paper, more]) => ({
        ...{ section, name: metric, value },
        ...(paper === undefined ? {} : { paper }),
        ...more,
      })),
      ...{
        bounds: [],
        trainings: [],
        cells: [],
        peakMemory: null,
        tensors: null,
        precision: [],
        failure: null,
      },
      ...{ seeds: [], spread: [] },
    };
  });
  const about = { startedAt: '2026-01-02T03:04:05.678Z', profile, engine: null, missing: [] };
  return summarize(entries, about);
}
