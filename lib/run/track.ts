import * as fs from 'node:fs';
import * as path from 'node:path';
import { MlflowRun, type MlflowStatus } from '../tracking';
import type { NotebookSummary, Summary } from './summary/summary';

/**
 * Writes the executed notebooks as runs of MLflow's file store, one per notebook, or one per seed:
 * parameters, metrics, bounds (`bound/NAME`, 1 where it holds), the executed notebook, its page and
 * its figures. Notebooks whose results come from an earlier run are left out.
 *
 * @param out folder of the report
 * @param trackingUri folder of the store. Default `mlruns` in the workspace
 * @returns the folders of the runs
 */
export function trackSummary(summary: Summary, out: string, trackingUri?: string): string[] {
  return summary.notebooks
    .filter(({ cached, status }) => !cached && status !== 'not-run')
    .flatMap((notebook) => {
      const seeds = notebook.seeds.length > 0 ? notebook.seeds : [notebook];
      return seeds.map((seed) =>
        trackNotebook({ ...notebook, ...seed }, summary, out, trackingUri),
      );
    });
}

function trackNotebook(
  notebook: NotebookSummary,
  summary: Summary,
  out: string,
  trackingUri: string | undefined,
): string {
  const { name, status, parameters, metrics, bounds, html, startedAt, seconds } = notebook;
  const startTime = startedAt === null ? Date.now() : Date.parse(startedAt);
  const endTime = startTime + 1000 * seconds;
  const run = MlflowRun.start({ name, startTime, ...(trackingUri ? { trackingUri } : {}) });
  run.tag('profile', summary.profile);
  run.tag('engine', summary.engine ?? 'unknown');
  run.tag('status', status);
  if (notebook.failure) run.tag('failure', notebook.failure.message);
  for (const [key, value] of Object.entries(parameters)) run.parameter(key, value);
  for (const { section, name: metric, value } of metrics) {
    run.metric(section ? `${section} ${metric}` : metric, value, 0, endTime);
  }
  for (const { name: bound, value, atLeast, atMost, holds } of bounds) {
    run.metric(bound, value, 0, endTime);
    if (holds !== null) run.metric(`bound/${bound}`, holds ? 1 : 0, 0, endTime);
    run.parameter(
      `bound/${bound}`,
      [atLeast === undefined ? '' : `>= ${atLeast}`, atMost === undefined ? '' : `<= ${atMost}`]
        .filter(Boolean)
        .join(' and '),
    );
  }
  for (const file of [notebook.notebook, html]) {
    if (file && fs.existsSync(path.join(out, file))) {
      run.artifact(path.basename(file), fs.readFileSync(path.join(out, file)));
    }
  }
  if (notebook.notebook) figures(path.join(out, notebook.notebook), run);
  run.end(statusOf(status), endTime);
  return run.folder;
}

function statusOf(status: Summary['status']): MlflowStatus {
  if (status === 'interrupted') return 'KILLED';
  return status === 'failed' ? 'FAILED' : 'FINISHED';
}

interface Output {
  data?: Record<string, unknown>;
}

/** The images of an executed notebook, and its plotly figures as JSON. */
function figures(file: string, run: MlflowRun): void {
  if (!fs.existsSync(file)) return;
  const { cells } = JSON.parse(fs.readFileSync(file, 'utf8')) as {
    cells: { outputs?: Output[] }[];
  };
  cells.forEach(({ outputs = [] }, cell) => {
    outputs.forEach(({ data = {} }, i) => {
      const name = `figures/cell-${cell + 1}-${i + 1}`;
      const png = data['image/png'];
      const plot = data['application/vnd.plotly.v1+json'];
      if (png) run.artifact(`${name}.png`, Buffer.from([png].flat().join(''), 'base64'));
      else if (plot) run.artifact(`${name}.plotly.json`, JSON.stringify(plot));
    });
  });
}
