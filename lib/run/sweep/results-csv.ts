import { metricName } from '../record';
import type { TrialRecord } from './run-trial';

/** A row's values by column. */
export type Row = Record<string, string | number | boolean | null>;

/** A trial as a row: its parameters, metrics and status. */
export function trialRow({ id, run, attempts }: TrialRecord): Row {
  const row: Row = { trial: id };
  for (const [name, value] of Object.entries(run.parameters)) {
    row[name] = typeof value === 'object' ? JSON.stringify(value) : (value as Row[string]);
  }
  for (const { name, value } of run.bounds) row[name] = value;
  for (const result of run.results) row[metricName(result)] = result.value;
  row['status'] = run.status;
  row['seconds'] = run.seconds;
  row['attempts'] = attempts;
  row['failure'] = run.failure ? run.failure.message.split('\n')[0]! : null;
  return row;
}

/** The columns of all rows; metrics that only some trials have come before the status. */
export function columnsOf(rows: readonly Row[]): string[] {
  const ends = ['status', 'seconds', 'attempts', 'failure'];
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  return [...[...names].filter((name) => !ends.includes(name)), ...ends];
}

/** The trials as CSV (RFC 4180, with plain line feeds). */
export function resultsCsv(records: readonly TrialRecord[]): string {
  const rows = records.map(trialRow);
  const columns = columnsOf(rows);
  const lines = [columns, ...rows.map((row) => columns.map((name) => row[name] ?? ''))];
  return `${lines.map((line) => line.map((value) => quoted(String(value))).join(',')).join('\n')}\n`;
}

function quoted(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
