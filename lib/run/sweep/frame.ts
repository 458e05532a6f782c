import * as fs from 'node:fs';
import * as path from 'node:path';
import type { DataFrame } from 'danfojs-node';
import { GradbookError, inWorkspace } from '../../runtime';
import { columnsOf, trialRow } from './results-csv';
import type { TrialRecord } from './run-trial';

/**
 * The results of a sweep so far as a danfo DataFrame: one row per trial, with its parameters,
 * metrics, status and seconds.
 *
 * @param notebook name of the notebook, such as `02-cnn`
 * @param out folder of the reports
 * @throws GradbookError `missing-file` when there was no such sweep
 */
export function sweepFrame(notebook: string, out = inWorkspace('reports')): DataFrame {
  const folder = path.join(out, 'sweeps', notebook, 'trials');
  if (!fs.existsSync(folder)) {
    throw new GradbookError(
      `there is no sweep of "${notebook}" in ${out}. Run \`npm run sweep -- ${notebook} --grid …\`.`,
      'missing-file',
    );
  }
  const records = fs
    .readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file): TrialRecord => JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8')));
  const rows = records.map(trialRow);
  const columns = columnsOf(rows);
  // Loads the engine, which the runner itself must not do.
  const danfo = require('danfojs-node') as typeof import('danfojs-node');
  return new danfo.DataFrame(
    rows.map((row) => columns.map((name) => row[name] ?? Number.NaN)),
    { columns },
  );
}
