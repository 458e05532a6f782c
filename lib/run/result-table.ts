import { duration, figure, heldText, promise } from './reporter';
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
  const head = ['notebook', 'figure', 'value', 'promised or reported', ''];
  const second = figures.length > 0 ? `\n\n${textTable([head, ...figures], 60, width)}` : '';
  return textTable(notebooks, 60, width) + second;
}

/** Name, value, promise or the report's own figure, and whether the promise held. */
export function figureRows(notebook: NotebookSummary): string[][] {
  const bounds = notebook.bounds.map((bound) => [
    bound.name,
    spreadText(notebook, bound.name, bound.value),
    promise(bound),
    bound.holds === null ? '– not judged' : bound.holds ? '✓ held' : '✗ missed',
  ]);
  const metrics = notebook.metrics.map(({ section, name, value, report }) => {
    const full = `${section} ${name}`.trim();
    return [full, spreadText(notebook, full, value), report ? `report: ${report}` : '', ''];
  });
  return [...bounds, ...metrics];
}

/** The figure, with its spread when it was measured with several seeds. */
function spreadText(notebook: NotebookSummary, name: string, value: number): string {
  const spread = notebook.spread.find((one) => one.name === name);
  if (!spread) return figure(value);
  return `${figure(spread.mean)} [${figure(spread.min)} … ${figure(spread.max)}]`;
}
