import { escapeHtml } from '../../notebook';
import type { Failure } from '../record';
import { duration, heldText } from '../reporters/reporter';
import { figureRows } from '../summary/result-table';
import type { NotebookSummary } from '../summary/summary';

/** Where a page is: a file of its own, or a part of the single file. */
export type Place = (page: string) => string;
export const ownFile: Place = (page) => page;
export const partOfOne: Place = (page) => `#${page.replace(/\.html$/, '')}`;

export function statusText({ status, cached }: NotebookSummary): string {
  return `<span class="status ${status}">${status}</span>${cached ? ' <span class="soft">unchanged</span>' : ''}`;
}

/** What the runner found out about a notebook, at the head of its page. */
export function results(notebook: NotebookSummary): string {
  const memory =
    notebook.peakMemory === null ? [] : [`${Math.round(notebook.peakMemory / 1e6)} MB`];
  const facts = [duration(notebook.seconds), ...memory].join(' · ');
  const parameters = Object.entries(notebook.parameters)
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
    .join(', ');
  return [
    '<aside class="results">',
    `<p>${statusText(notebook)} <span class="soft">${facts}</span></p>`,
    parameters && `<p class="soft">${escapeHtml(parameters)}</p>`,
    boundsTable(notebook),
    notebook.failure ? failure(notebook.failure) : '',
    '</aside>',
  ]
    .filter(Boolean)
    .join('\n');
}

function failure({ cell, cellId, line, kind, message }: Failure): string {
  const place = cell === null ? '' : `cell [${cell}]${line === null ? '' : `, line ${line}`}`;
  const link = cellId && place ? `<a href="#${escapeHtml(cellId)}">${place}</a>: ` : '';
  return `<p class="status failed">${link}${escapeHtml(kind)}</p><pre>${escapeHtml(message)}</pre>`;
}

/**
 * Bounds and metrics of a notebook as one table, folded where it is long.
 *
 * @param most rows that are shown unfolded
 */
export function boundsTable(notebook: NotebookSummary, most = 6): string {
  const rows = figureRows(notebook);
  if (rows.length === 0) return '';
  const body = rows.map(([name, value, promised, held]) => {
    const judged = held!.startsWith('✓') ? 'status passed' : 'status';
    const status = held!.startsWith('–') ? 'soft' : judged;
    // A value and its bound stay on a line.
    const whole = held ? ' class="whole"' : '';
    const report = escapeHtml(promised!).replace(/(\d) (?=%)/g, '$1&nbsp;');
    const cells = `<td>${escapeHtml(name!)}</td><td class="whole">${escapeHtml(value!)}</td><td${whole}>${report}</td>`;
    return `<tr>${cells}<td><span class="${status}">${held}</span></td></tr>`;
  });
  const table = `<div class="table"><table>${body.join('\n')}</table></div>`;
  if (rows.length <= most) return table;
  const missed = notebook.bounds.some(({ holds }) => holds === false);
  const title = [heldText(notebook.bounds), `${notebook.metrics.length} metrics`];
  return `<details${missed ? ' open' : ''}><summary>${title.filter(Boolean).join(', ')}</summary>
${table}</details>`;
}
