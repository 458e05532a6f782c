import * as fs from 'node:fs';
import * as path from 'node:path';
import { writeFileAtomic } from '../../runtime';
import { type CacheKey, differences } from '../cache/cache-key';
import { resultsCsv } from './results-csv';
import type { TrialRecord } from './run-trial';
import type { Trial } from './trials';

/** A sweep's folder: one record per trial, and the table of all. */
export class TrialStore {
  private readonly records = new Map<string, TrialRecord>();

  constructor(
    readonly folder: string,
    private readonly trials: readonly Trial[],
  ) {}

  /** The trials' own folder. */
  get trialFolder(): string {
    return path.join(this.folder, 'trials');
  }

  get table(): string {
    return path.join(this.folder, 'results.csv');
  }

  /** Reuses a trial of an earlier call; returns whether there was a valid one. */
  takeOver(trial: Trial, key: CacheKey): boolean {
    let record: TrialRecord;
    try {
      const file = path.join(this.trialFolder, `${trial.id}.json`);
      record = JSON.parse(fs.readFileSync(file, 'utf8'));
    } catch {
      return false;
    }
    const ran = ['passed', 'bound-missed'].includes(record.run?.status);
    if (!ran || differences(record.key, key).length > 0) return false;
    this.records.set(trial.id, record);
    return true;
  }

  /** Stores a record and rewrites the table. */
  add(record: TrialRecord): void {
    this.records.set(record.id, record);
    const file = path.join(this.trialFolder, `${record.id}.json`);
    writeFileAtomic(file, JSON.stringify(record));
    this.writeTable();
  }

  /** In the order of the trials. */
  all(): TrialRecord[] {
    return this.trials.flatMap(({ id }) => this.records.get(id) ?? []);
  }

  writeTable(): void {
    writeFileAtomic(this.table, resultsCsv(this.all()));
  }
}
