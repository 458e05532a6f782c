import { type Bound, measuredValues, metricName } from '../record';
import type { Summary } from '../summary/summary';

/** One run of the notebooks: seed, machine and metrics. */
export interface SeedRun {
  seed: number;
  machine: string;
  summary: Pick<Summary, 'notebooks'>;
}

/** A metric over several runs. */
export interface MetricSpread {
  notebook: string;
  section: string;
  name: string;
  paper: string;
  /** One value per run, in the order of the runs. */
  values: number[];
  mean: number;
  /** The least value of a metric with `atLeast` or without a bound, the greatest of one with `atMost` alone. */
  worst: number;
  atLeast: number | null;
  atMost: number | null;
  /** Margin of the worst value to the bound; negative where it misses it, null without a bound. */
  margin: number | null;
}

/** Every metric of the runs, in the order in which the notebooks state them. */
export function metricSpreads(runs: readonly SeedRun[]): MetricSpread[] {
  const found = new Map<string, { values: number[]; about: Omit<MetricSpread, 'values'> }>();
  for (const { summary } of runs) {
    for (const { name: notebook, metrics, bounds } of summary.notebooks) {
      const boundOf = new Map(bounds.map((bound) => [bound.name, bound]));
      for (const { section, name, value, paper = '' } of measuredValues({ metrics, bounds })) {
        const key = `${notebook} ${section} ${name}`;
        const bound = boundOf.get(name);
        const about = { notebook, section, name, paper, ...noNumbers, ...limits(bound) };
        const entry = found.get(key) ?? { values: [], about };
        if (typeof value === 'number' && Number.isFinite(value)) entry.values.push(value);
        found.set(key, entry);
      }
    }
  }
  return [...found.values()].filter(({ values }) => values.length > 0).map(measured);
}

const noNumbers = { mean: Number.NaN, worst: Number.NaN, margin: null };

function limits(bound: Bound | undefined): Pick<MetricSpread, 'atLeast' | 'atMost'> {
  return { atLeast: bound?.atLeast ?? null, atMost: bound?.atMost ?? null };
}

function measured(entry: { values: number[]; about: Omit<MetricSpread, 'values'> }): MetricSpread {
  const { values, about } = entry;
  const { atLeast, atMost } = about;
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const margins = [
    ...(atLeast === null ? [] : [least - atLeast]),
    ...(atMost === null ? [] : [atMost - most]),
  ];
  return {
    ...about,
    values,
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    worst: atLeast === null && atMost !== null ? most : least,
    margin: margins.length > 0 ? Math.min(...margins) : null,
  };
}

const digits = (value: number) =>
  Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));

/** Head and rows of the table: metric, number of runs, mean, worst, and the bound with its margin. */
export function spreadRows(spreads: readonly MetricSpread[]): string[][] {
  const head = ['notebook', 'metric', 'runs', 'mean', 'worst', 'bound', 'margin', 'paper'];
  const rows = spreads.map((spread) => {
    const { notebook, section, name, values, mean, worst, atLeast, atMost, margin, paper } = spread;
    const bound = [
      atLeast === null ? '' : `≥ ${atLeast}`,
      atMost === null ? '' : `≤ ${atMost}`,
    ].filter(Boolean);
    return [
      ...[
        notebook,
        metricName({ section, name }),
        String(values.length),
        digits(mean),
        digits(worst),
      ],
      ...[bound.join(', '), margin === null ? '' : digits(margin), paper],
    ];
  });
  return [head, ...rows];
}

/** The same as a table in Markdown. */
export function spreadMarkdown(spreads: readonly MetricSpread[]): string {
  const [head, ...rows] = spreadRows(spreads).map((row) => `| ${row.join(' | ')} |`);
  return `${[head, `|${' --- |'.repeat(8)}`, ...rows].join('\n')}\n`;
}
