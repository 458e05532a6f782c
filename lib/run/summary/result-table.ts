import { metricName } from '../record';
import { duration, figure, heldText, promise, signed } from '../reporters/reporter';
import { absentNotebooks, type NotebookSummary, type Summary } from './summary';
import { textTable } from './text-table';

/**
 * The tables that close a run: the notebooks, and under them what they promised and measured.
 *
 * @param width characters a line has
 */
export function resultTables(summary: Summary, width: number): string {
  const notebooks = [
    ['notebook', 'status', 'time', 'memory', 'bounds'],
    ...summary.notebooks.map((notebook) => [
      notebook.name,
      notebook.cached ? `${notebook.status} (unchanged)` : notebook.status,
      duration(notebook.seconds),
      notebook.peakMemory === null ? '' : `${Math.round(notebook.peakMemory / 1e6)} MB`,
      heldText(notebook.bounds),
    ]),
    ...absentNotebooks(summary).map((name) => [name, 'not run', '', '', '']),
  ];
  const figures = summary.notebooks.flatMap((notebook) =>
    figureRows(notebook).map((row) => [notebook.name, ...row]),
  );
  const head = ['notebook', 'metric', 'value', 'bound and paper', ''];
  const second = figures.length > 0 ? `\n\n${textTable([head, ...figures], 60, width)}` : '';
  return textTable(notebooks, 60, width) + second + comparison(summary, width);
}

/** Which metrics moved since the run that this one is compared with. */
function comparison({ compared }: Summary, width: number): string {
  if (!compared) return '';
  const { from, moved, same } = compared;
  const title = `compared with ${from}: ${moved.length} moved, ${same} the same`;
  if (moved.length === 0) return `\n\n${title}`;
  const rows = moved.map(({ notebook, name, before, now }) => [
    ...[notebook, name, figure(before), figure(now)],
    signed(now - before),
  ]);
  const head = ['notebook', 'metric', 'then', 'now', 'change'];
  return `\n\n${title}\n\n${textTable([head, ...rows], 60, width)}`;
}

/** Name, value, the bound and the paper's value, and whether the bound held. One row a metric. */
export function figureRows(notebook: NotebookSummary): string[][] {
  const bounds = new Map(notebook.bounds.map((bound) => [bound.name, bound]));
  const metrics = notebook.metrics.map((metric) => {
    const { name, value, paper } = metric;
    const bound = bounds.get(name);
    bounds.delete(name);
    const full = metricName(metric);
    const said = [bound ? promise(bound) : '', paper ? `paper: ${paper}` : ''];
    const judged = bound ? heldWord(bound.holds) : '';
    return [full, spreadText(notebook, full, value), said.filter(Boolean).join(' · '), judged];
  });
  const others = [...bounds.values()].map((bound) => [
    bound.name,
    spreadText(notebook, bound.name, bound.value),
    promise(bound),
    heldWord(bound.holds),
  ]);
  return [...metrics, ...others];
}

function heldWord(holds: boolean | null): string {
  return holds === null ? '– not judged' : holds ? '✓ held' : '✗ missed';
}

/** The figure, with its spread when it was measured with several seeds. */
function spreadText(notebook: NotebookSummary, name: string, value: number): string {
  const spread = notebook.spread.find((one) => one.name === name);
  if (!spread) return figure(value);
  return `${figure(spread.mean)} [${figure(spread.min)} … ${figure(spread.max)}]`;
}
