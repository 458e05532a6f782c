import * as fs from 'node:fs';
import * as path from 'node:path';
import { GradbookError, writeFileAtomic } from '../runtime';
import { RunCache } from './cache/run-cache';
import { engineName } from './engine-name';
import { failureOf } from './execute/failure';
import { isWriteError, notRun, parametersOf, runNotebook } from './execute/run-notebook';
import { lockFolder } from './folder-lock';
import { removeLeftovers } from './leftovers';
import { CardTurns } from './plan/cards';
import type { ReportOptions } from './plan/options';
import { type Planned, plan } from './plan/plan';
import { schedule } from './plan/schedule';
import type { Reporter } from './reporters/reporter';
import { findChromium } from './site/pdf';
import { prepareSite } from './site/prepare-site';
import { type EarlierRun, readEarlier } from './summary/compare';
import {
  type Finished,
  type NotebookSummary,
  type Summary,
  summarize,
  summarizeNotebook,
} from './summary/summary';
import { writeReports, writeSummaries } from './summary/write-reports';

/**
 * Executes the chosen notebooks and writes the reports. Returns the summary, from
 * which `exitCode` makes the process's.
 *
 * @param signal ends the run: finished notebooks are kept, missing ones are listed
 * @throws GradbookError `usage`, `parameter` or `busy` before anything starts, `output-write` or
 * `html` when reports cannot be written
 */
export async function report(
  options: ReportOptions,
  reporter: Reporter,
  signal: AbortSignal,
  cache = new RunCache(),
): Promise<Summary> {
  const planned = plan(options);
  const pdf = options.pdf ? findChromium(options.chromium) : null;
  // Read now: the folder may be the one that this run writes to.
  const earlier = options.compare
    ? { from: options.compare, summary: readEarlier(options.compare) }
    : undefined;
  checkWritable(options.out);
  removeLeftovers();
  const release = lockFolder(options.out);
  try {
    // A single notebook uses all processors.
    const jobs = Math.min(options.jobs, planned.length);
    const given = { ...options, jobs };
    return await new Report(given, reporter, signal, planned, cache, pdf, earlier).run();
  } catch (error) {
    throw isWriteError(error) ? notWritable(options.out, error as Error) : error;
  } finally {
    release();
  }
}

function notWritable(folder: string, error: Error): GradbookError {
  return new GradbookError(
    `the reports cannot be written to ${folder}: ${error.message}. ` +
      'Free some space, or choose another folder with --out.',
    'output-write',
  );
}

/** Checked before hours of work, not after. */
function checkWritable(folder: string): void {
  const probe = path.join(folder, `.write-test-${process.pid}`);
  try {
    fs.mkdirSync(folder, { recursive: true });
    writeFileAtomic(probe, 'some bytes, since a full disk accepts empty files');
    fs.rmSync(probe);
  } catch (error) {
    throw notWritable(folder, error as Error);
  }
}

class Report {
  private readonly startedAt = new Date().toISOString();
  private readonly done = new Map<string, NotebookSummary>();
  private stopped = false;

  constructor(
    private readonly options: ReportOptions,
    private readonly reporter: Reporter,
    private readonly signal: AbortSignal,
    private readonly planned: readonly Planned[],
    private readonly cache: RunCache,
    /** The Chromium that prints the PDF. */
    private readonly pdf: string | null,
    private readonly earlier: { from: string; summary: EarlierRun } | undefined,
  ) {
    this.cards = new CardTurns(options.gpus);
  }

  private readonly cards: CardTurns;
  private preparing: Promise<void> = Promise.resolve();

  async run(): Promise<Summary> {
    this.reporter.begin(this.planned.map(({ name }) => name));
    const jobs = this.planned.map((planned) => ({
      planned,
      name: planned.name,
      needs: planned.needs,
      seconds: this.expectedSeconds(planned),
    }));
    await schedule(jobs, {
      slots: this.options.jobs,
      stopped: () => this.signal.aborted || this.stopped,
      run: ({ planned }) => this.runOne(planned),
      idle: () => this.prepareSite(),
    });
    await this.preparing;
    const summary = this.summary();
    const files = await writeReports(summary, this.options.out, {
      html: this.options.html,
      cache: this.siteCache,
      data: this.options.data,
      extras: this.signal.aborted
        ? undefined
        : { singleFile: this.options.singleFile, pdf: this.pdf },
    });
    this.reporter.end(summary, files);
    return summary;
  }

  private get siteCache(): string {
    return path.join(this.cache.folder, 'html');
  }

  /** Gives a free slot pages to convert. What fails here fails again at the end, and is told there. */
  private prepareSite(): void {
    const { html, out, data } = this.options;
    if (!html) return;
    const prepare = () => {
      const pending = this.planned.flatMap(({ name }) => (this.done.has(name) ? [] : [name]));
      return prepareSite(this.summary(), out, this.siteCache, pending, data);
    };
    this.preparing = this.preparing.then(prepare).catch(() => {});
  }

  /** Duration of its last runs; if it has not run, the notebook's estimate. */
  private expectedSeconds({ name, ready, runs }: Planned): number | undefined {
    if (!ready) return undefined;
    const parameters = runs.map((given) => parametersOf(ready.declared, given));
    const known = parameters.flatMap((one) => this.cache.secondsOf(name, one) ?? []);
    if (known.length > 0) return known.reduce((sum, seconds) => sum + seconds, 0);
    return ready.notebook.metadata.gradbook?.seconds;
  }

  /** All runs of one notebook: one, or one per seed. */
  private async runOne(planned: Planned): Promise<void> {
    const runs: Finished[] = [];
    const failure = planned.failure ?? this.needFailure(planned);
    if (failure) {
      const status = failure.kind === 'need-failed' ? 'not-run' : 'failed';
      const run = notRun(planned.name, status, failure);
      this.reporter.finished(planned.name, run, false, '');
      const nothing = { cached: false, reason: '', notebook: null, html: null };
      runs.push({ run, title: planned.name, ...nothing });
    } else {
      const needs = Object.fromEntries(
        planned.needs.map((need) => [need, this.done.get(need)?.startedAt ?? '']),
      );
      for (const [index, given] of planned.runs.entries()) {
        if (this.signal.aborted) break;
        const label = index === 0 ? planned.name : `${planned.name}.seed-${given['seed']}`;
        const { options, reporter, cache, signal } = this;
        const card = this.cards.take();
        const context = { options, reporter, cache, signal, needs, card };
        try {
          runs.push(await runNotebook(planned, given, label, context));
        } finally {
          this.cards.give(card);
        }
      }
    }
    if (runs.length === 0) return;
    const entry = summarizeNotebook(runs);
    // A notebook with missing seeds is not done.
    if (runs.length < planned.runs.length && entry.status === 'passed')
      entry.status = 'interrupted';
    this.done.set(planned.name, entry);
    if (this.options.failFast && entry.status !== 'passed') this.stopped = true;
    writeSummaries(this.summary(), this.options.out);
  }

  /** A model of a failed notebook may be old, partly trained or missing. */
  private needFailure(planned: Planned) {
    const usable = ['passed', 'bound-missed'];
    const bad = planned.needs.find((need) => !usable.includes(this.done.get(need)?.status ?? ''));
    if (!bad) return null;
    const message = `it needs "${bad}", which is ${this.done.get(bad)?.status ?? 'not run'}`;
    return failureOf('need-failed', message);
  }

  private summary(): Summary {
    const entries = this.planned.flatMap(({ name }) => this.done.get(name) ?? []);
    const unfinished = entries.filter(({ status }) => status === 'interrupted');
    const absent = this.planned.filter(({ name }) => !this.done.has(name));
    return summarize(entries, {
      startedAt: this.startedAt,
      profile: this.options.profile,
      engine: engineName(),
      ...(this.earlier ? { earlier: this.earlier } : {}),
      missing: [...unfinished, ...absent].map(({ name }) => name),
    });
  }
}
