import { figure } from '../reporters/reporter';
import { spreadOf } from '../seeds/spread';
import { textTable } from '../summary/text-table';
import type { TrialRecord } from './run-trial';

/** The sweep in a terminal: one row per combination, metrics averaged over its seeds. */
export function sweepTable(records: readonly TrialRecord[], varied: readonly string[]): string {
  const groups = new Map<string, TrialRecord[]>();
  for (const record of records) {
    const key = JSON.stringify(varied.map((name) => record.parameters[name]));
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  const rows = [...groups.values()].map((group) => {
    const spread = spreadOf(group.map(({ run }) => run));
    return { group, figures: new Map(spread.map((one) => [one.name, one])) };
  });
  const names = [...new Set(rows.flatMap(({ figures }) => [...figures.keys()]))];
  const body = rows.map(({ group, figures }) => [
    ...varied.map((name) => JSON.stringify(group[0]!.parameters[name])),
    ...names.map((name) => {
      const one = figures.get(name);
      if (!one) return '–';
      const range = one.runs > 1 ? ` [${figure(one.min)} … ${figure(one.max)}]` : '';
      return figure(one.mean) + range;
    }),
    String(group.length),
  ]);
  return textTable([[...varied, ...names, 'trials'], ...body]);
}
