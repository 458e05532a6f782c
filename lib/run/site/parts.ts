import type { Failure } from '../record';
import { duration, figure, promise } from '../reporter';
import type { NotebookSummary, Summary } from '../summary';

export function escaped(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replace(/[&<>"]/g, (sign) => entities[sign]!);
}

/** The bar with links to all pages. */
export function navigation(summary: Summary, current: string): string {
  const link = (href: string, text: string, here: boolean) =>
    `<a href="${escaped(href)}"${here ? ' aria-current="page"' : ''}>${escaped(text)}</a>`;
  const pages = summary.notebooks.flatMap(({ name, html }) =>
    html ? [link(html, name, name === current)] : [],
  );
  const index = link('index.html', 'Report', current === 'index');
  const button = '<button id="theme" type="button" title="Light or dark">◐</button>';
  return `<nav>${[index, ...pages].join('\n')}\n${button}</nav>`;
}

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
    parameters && `<p class="soft">${escaped(parameters)}</p>`,
    boundsTable(notebook),
    notebook.failure ? failure(notebook.failure) : '',
    '</aside>',
  ]
    .filter(Boolean)
    .join('\n');
}

function failure({ cell, cellId, line, kind, message }: Failure): string {
  const place = cell === null ? '' : `cell [${cell}]${line === null ? '' : `, line ${line}`}`;
  const link = cellId && place ? `<a href="#${escaped(cellId)}">${place}</a>: ` : '';
  return `<p class="status failed">${link}${escaped(kind)}</p><pre>${escaped(message)}</pre>`;
}

/** Bounds and metrics of a notebook as one table. */
export function boundsTable(notebook: NotebookSummary): string {
  const bounds = notebook.bounds.map((bound) => [
    escaped(bound.name),
    value(notebook, bound.name, bound.value),
    escaped(promise(bound)),
    bound.holds
      ? '<span class="status passed">✓ held</span>'
      : '<span class="status">✗ missed</span>',
  ]);
  const metrics = notebook.metrics.map(({ section, name, value: number, report }) => [
    `${escaped(section)} ${escaped(name)}`,
    value(notebook, `${section} ${name}`, number),
    report ? `report: ${escaped(report)}` : '',
    '',
  ]);
  const rows = [...bounds, ...metrics];
  if (rows.length === 0) return '';
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`);
  return `<div class="table"><table>${body.join('\n')}</table></div>`;
}

/** The figure, with its spread when it was measured with several seeds. */
function value(notebook: NotebookSummary, name: string, single: number): string {
  const spread = notebook.spread.find((one) => one.name === name);
  if (!spread) return figure(single);
  return `${figure(spread.mean)} (${figure(spread.min)} … ${figure(spread.max)}, ${spread.runs} seeds)`;
}
