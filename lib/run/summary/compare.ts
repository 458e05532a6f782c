import * as fs from 'node:fs';
import * as path from 'node:path';
import { GradbookError } from '../../runtime';
import { type Bound, measuredValues, metricName, type Result } from '../record';

/** A metric that both runs have, with other values. */
export interface MovedMetric {
  notebook: string;
  /** Section and name. */
  name: string;
  before: number;
  now: number;
}

/** How the metrics of a run differ from those of an earlier one. */
export interface Comparison {
  /** The folder of the earlier run, and when and how it ran. */
  from: string;
  startedAt: string;
  profile: string;
  /** The greatest change first. */
  moved: MovedMetric[];
  /** How many metrics have the same value in both. */
  same: number;
  /** Metrics of this run that the earlier one lacks, and those it had, of notebooks that ran in both. */
  added: string[];
  gone: string[];
}

interface ComparedNotebook {
  name: string;
  metrics: readonly Result[];
  bounds: readonly Bound[];
}

/** What of an earlier run's summary is compared. */
export interface EarlierRun {
  startedAt: string;
  profile: string;
  notebooks: readonly ComparedNotebook[];
}

/**
 * The summary of an earlier run.
 *
 * @param from a folder of reports, or its `summary.json`
 * @throws GradbookError `usage` when there is none, or when it cannot be read
 */
export function readEarlier(from: string): EarlierRun {
  const file = from.endsWith('.json') ? from : path.join(from, 'summary.json');
  const wrong = (why: string) =>
    new GradbookError(
      `--compare ${from}: ${why}. Give a folder that \`npm run report -- --out DIR\` has written.`,
      'usage',
    );
  if (!fs.existsSync(file)) throw wrong(`there is no ${file}`);
  try {
    const summary = JSON.parse(fs.readFileSync(file, 'utf8')) as EarlierRun;
    if (!Array.isArray(summary.notebooks)) throw new Error('it holds no notebooks');
    return summary;
  } catch (error) {
    throw wrong(`${file} is not the summary of a run: ${(error as Error).message}`);
  }
}

/** Every metric and bound of a notebook, by its section and name. */
function valuesOf(notebook: ComparedNotebook): Map<string, number> {
  return new Map(measuredValues(notebook).map((one) => [metricName(one), one.value]));
}

/**
 * Compares a run with an earlier one.
 *
 * @param from where the earlier one was read
 */
export function compareRuns(
  notebooks: readonly ComparedNotebook[],
  earlier: EarlierRun,
  from: string,
): Comparison {
  const moved: MovedMetric[] = [];
  const [added, gone]: [string[], string[]] = [[], []];
  let same = 0;
  for (const notebook of notebooks) {
    const then = earlier.notebooks.find(({ name }) => name === notebook.name);
    if (!then) continue;
    const [before, now] = [valuesOf(then), valuesOf(notebook)];
    for (const [name, value] of now) {
      const old = before.get(name);
      if (old === undefined) added.push(`${notebook.name}: ${name}`);
      else if (old === value) same++;
      else moved.push({ notebook: notebook.name, name, before: old, now: value });
    }
    for (const name of before.keys()) if (!now.has(name)) gone.push(`${notebook.name}: ${name}`);
  }
  const change = ({ before, now }: MovedMetric) => Math.abs(now - before);
  moved.sort((a, b) => change(b) - change(a));
  const { startedAt, profile } = earlier;
  return { from, startedAt, profile, moved, same, added, gone };
}
