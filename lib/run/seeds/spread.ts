import { metricName, type NotebookRun } from '../record';

/** A metric over several runs. */
export interface Spread {
  name: string;
  runs: number;
  mean: number;
  min: number;
  max: number;
  /** Sample standard deviation (divided by runs - 1); 0 for one run. */
  deviation: number;
}

/** The spread of every bound and metric that at least one run reported, by name. */
export function spreadOf(runs: readonly Pick<NotebookRun, 'bounds' | 'results'>[]): Spread[] {
  const values = new Map<string, number[]>();
  for (const run of runs) {
    const seen = new Set<string>();
    const figures = [
      ...run.bounds,
      ...run.results.map((result) => ({ name: metricName(result), value: result.value })),
    ];
    for (const { name, value } of figures) {
      if (seen.has(name) || !Number.isFinite(value)) continue;
      seen.add(name);
      values.set(name, [...(values.get(name) ?? []), value]);
    }
  }
  return [...values].map(([name, list]) => ({ name, ...statistics(list) }));
}

function statistics(values: readonly number[]): Omit<Spread, 'name'> {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    runs: values.length,
    mean,
    min: Math.min(...values),
    max: Math.max(...values),
    deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0,
  };
}
