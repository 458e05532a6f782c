import * as fs from 'node:fs';
import * as path from 'node:path';
import { GradbookError } from '../runtime';
import { MlflowRun, type MlflowStatus } from '../tracking';
import { notebookFigures, type PlotRenderer } from './notebook-figures';
import { metricName } from './record';
import type { NotebookSummary, Summary } from './summary/summary';

export interface TrackOptions {
  /** A folder, or a server. Default `MLFLOW_TRACKING_URI`, else the folder `mlruns` of the workspace. */
  trackingUri?: string;
  /** Folder in which runs for a server are kept. Default `mlruns`. */
  store?: string;
  /** Makes PNG files of plotly figures. Without one they are kept as plotly's JSON alone. */
  render?: PlotRenderer;
  /** Is told what could not be rendered or sent. */
  note?: (message: string) => void;
}

/**
 * Writes what has run now as runs of MLflow, one a notebook, or one a seed: parameters, metrics, bounds
 * (`bound/NAME`, 1 where it holds), every training by epoch (`training/MODEL/loss` and so on), the
 * executed notebook, its page and its figures. Notebooks whose results come from an earlier run are
 * left out. With a server, runs are written to the folder `mlruns` and then sent; when that fails they
 * stay there, and `note` is told once.
 *
 * @param out folder of the report
 * @returns the folders of the runs
 * @throws GradbookError `bad-option` for a `trackingUri` that is neither folder nor server
 */
export async function trackSummary(
  summary: Summary,
  out: string,
  options: TrackOptions = {},
): Promise<string[]> {
  const { note = () => {} } = options;
  const runs: MlflowRun[] = [];
  for (const notebook of summary.notebooks) {
    if (notebook.cached || notebook.status === 'not-run') continue;
    const seeds = notebook.seeds.length > 0 ? notebook.seeds : [notebook];
    for (const seed of seeds) {
      runs.push(await trackNotebook({ ...notebook, ...seed }, summary, out, options));
    }
  }
  await sendAll(runs, note);
  return runs.map(({ folder }) => folder);
}

async function sendAll(runs: readonly MlflowRun[], note: (message: string) => void): Promise<void> {
  for (const [i, run] of runs.entries()) {
    try {
      await run.send();
    } catch (error) {
      const why = error instanceof GradbookError ? error.message : String(error);
      const left = runs.length - i;
      note(
        `${why}; ${left === 1 ? 'a run is' : `${left} runs are`} kept in ${path.dirname(run.folder)}: npm run track sends them`,
      );
      return;
    }
  }
}

async function trackNotebook(
  notebook: NotebookSummary,
  summary: Summary,
  out: string,
  { trackingUri, store, render, note = () => {} }: TrackOptions,
): Promise<MlflowRun> {
  const { name, status, html, startedAt, seconds } = notebook;
  const startTime = startedAt === null ? Date.now() : Date.parse(startedAt);
  const endTime = startTime + 1000 * seconds;
  const where = { ...(trackingUri ? { trackingUri } : {}), ...(store ? { store } : {}) };
  const run = MlflowRun.start({ name, startTime, ...where });
  run.tag('profile', summary.profile);
  run.tag('engine', summary.engine ?? 'unknown');
  run.tag('status', status);
  if (notebook.failure) run.tag('failure', notebook.failure.message);
  for (const [key, value] of Object.entries(notebook.parameters)) run.parameter(key, value);
  writeMetrics(run, notebook, endTime);
  writeTrainings(run, notebook);
  for (const file of [notebook.notebook, html]) {
    if (file && fs.existsSync(path.join(out, file))) {
      run.artifact(path.basename(file), fs.readFileSync(path.join(out, file)));
    }
  }
  if (notebook.notebook) {
    const file = path.join(out, notebook.notebook);
    for await (const figure of notebookFigures(file, render, (why) => note(`${name}: ${why}`))) {
      run.artifact(`figures/${figure.name}`, figure.content);
    }
  }
  run.end(statusOf(status), endTime);
  return run;
}

function writeMetrics(run: MlflowRun, { metrics, bounds }: NotebookSummary, time: number): void {
  for (const metric of metrics) run.metric(metricName(metric), metric.value, 0, time);
  for (const { name, value, atLeast, atMost, holds } of bounds) {
    run.metric(name, value, 0, time);
    if (holds !== null) run.metric(`bound/${name}`, holds ? 1 : 0, 0, time);
    run.parameter(
      `bound/${name}`,
      [atLeast === undefined ? '' : `>= ${atLeast}`, atMost === undefined ? '' : `<= ${atMost}`]
        .filter(Boolean)
        .join(' and '),
    );
  }
}

/** Every training by epoch. Several of models of one name are told apart as `cnn`, `cnn-2`, `cnn-3`. */
function writeTrainings(run: MlflowRun, { trainings = [] }: NotebookSummary): void {
  const counts = new Map<string, number>();
  for (const { name, epochs, seconds, history, endedAt } of trainings) {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    const model = count === 1 ? name : `${name}-${count}`;
    // The end of each epoch, counted back from the end of the last.
    const times = epochs.map(
      (_, i) => endedAt - 1000 * seconds.slice(i + 1).reduce((sum, value) => sum + value, 0),
    );
    for (const [key, values] of Object.entries(history)) {
      // A figure that began late, such as of a callback, has the last epochs.
      const late = epochs.length - values.length;
      for (const [i, value] of values.entries()) {
        const time = Math.round(times[late + i]!);
        run.metric(`training/${model}/${key}`, value ?? Number.NaN, epochs[late + i]!, time);
      }
    }
  }
}

function statusOf(status: Summary['status']): MlflowStatus {
  if (status === 'interrupted') return 'KILLED';
  return status === 'failed' ? 'FAILED' : 'FINISHED';
}
