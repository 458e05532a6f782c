import { duration, figure, promise } from './reporter';
import { absentNotebooks, type NotebookSummary, type Summary } from './summary';
import { textTable } from './text-table';

/** The rows that close a run: notebook, status, time, figures, bounds. */
export function resultRows(summary: Summary): string[][] {
  const head = ['notebook', 'status', 'time', 'bounds', 'metrics'];
  const rows = summary.notebooks.map((notebook) => [
    notebook.name,
    notebook.cached ? `${notebook.status} (unchanged)` : notebook.status,
    duration(notebook.seconds),
    boundsText(notebook),
    metricsText(notebook),
  ]);
  const missing = absentNotebooks(summary).map((name) => [name, 'not run', '', '', '']);
  return [head, ...rows, ...missing];
}

/** `✓ test accuracy 0.991 (at least 0.985)`, over the seeds where there are several. */
export function boundsText(notebook: NotebookSummary): string {
  return notebook.bounds
    .map((bound) => {
      const spread = notebook.spread.find(({ name }) => name === bound.name);
      const value = spread
        ? `${figure(spread.mean)} [${figure(spread.min)} … ${figure(spread.max)}]`
        : figure(bound.value);
      return `${bound.holds ? '✓' : '✗'} ${bound.name} ${value} (${promise(bound)})`;
    })
    .join(', ');
}

export function metricsText(notebook: NotebookSummary): string {
  return notebook.metrics
    .map(({ section, name, value }) => `${section} ${name} ${figure(value)}`.trim())
    .join(', ');
}

export function resultTable(summary: Summary): string {
  return textTable(resultRows(summary), 76);
}
