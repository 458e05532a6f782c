import { escapeHtml } from '../../notebook';
import { duration } from '../reporters/reporter';
import type { NotebookSummary, Summary } from '../summary/summary';
import { abstract } from './abstract';
import { comparisonTable } from './comparison-table';
import { beyondTable, conclusionsTable, paperTable } from './paper-table';
import { boundsTable, ownFile, type Place, statusText } from './parts';

const paperTitle = 'Pixel-art pokémon on photos: a course paper reproduced';

/** What the report is called: by its subject where it holds values of the paper. */
export function reportTitle(summary: Summary): string {
  return hasPaper(summary) ? paperTitle : 'Report';
}

function hasPaper({ notebooks }: Summary): boolean {
  return notebooks.some(({ metrics }) => metrics.some(({ paper }) => paper !== undefined));
}

/**
 * The content of the report's first page: the paper reproduced.
 *
 * @param figures the key figures
 * @param files the report's other forms, beside the page
 */
export function landing(
  summary: Summary,
  place: Place,
  figures: string,
  files: readonly string[],
): string {
  const missing = summary.missing.length
    ? `<p class="status">Not run: ${escapeHtml(summary.missing.join(', '))}</p>`
    : '';
  const metrics = summary.notebooks.flatMap((notebook) => notebook.metrics);
  const sentences = hasPaper(summary) ? abstract(metrics, summary.profile) : [];
  const question = hasPaper(summary)
    ? `<p class="question">How well do networks name the types of pokémon that are drawn on photos, 64×64 pixels and ten
types, from a perceptron to a fine-tuned MobileNet, and what do they look at?</p>`
    : '';
  const text = sentences.length
    ? `<section class="abstract"><h2 id="abstract">Abstract</h2>\n<p>${sentences.map(escapeHtml).join(' ')}</p></section>`
    : '';
  return [
    `<h1>${escapeHtml(reportTitle(summary))}</h1>`,
    question,
    facts(summary),
    missing,
    text,
    paperTable(summary, place),
    conclusionsTable(summary),
    figures,
    beyondTable(summary, place),
    comparisonTable(summary),
    runTable(summary, place),
    downloads(files),
    citation(summary),
  ]
    .filter(Boolean)
    .join('\n');
}

function facts(summary: Summary): string {
  const when = summary.startedAt.replace('T', ' ').replace(/\..*/, ' UTC');
  const about = [
    when,
    duration(summary.seconds),
    `profile ${summary.profile}`,
    ...(summary.engine ? [summary.engine] : []),
    `Node ${summary.machine.node}`,
    `${summary.machine.cores} processors`,
  ];
  return `<p><span class="status ${summary.status}">${summary.status}</span>
<span class="soft">${about.map(escapeHtml).join(' · ')}</span></p>`;
}

/** The notebooks: how long each ran, and what it promised. */
function runTable(summary: Summary, place: Place): string {
  return `<h2 id="run">The run</h2>
<div class="table"><table class="overview">
<thead><tr><th>notebook</th><th>status</th><th>time</th><th>metrics and bounds</th></tr></thead>
<tbody>
${summary.notebooks.map((notebook) => row(notebook, place)).join('\n')}
</tbody></table></div>`;
}

function row(notebook: NotebookSummary, place: Place): string {
  const { name, title, html, notebook: file, failure, seconds } = notebook;
  const shown = `<b>${escapeHtml(name)}</b>${title === name ? '' : `<br>${escapeHtml(title)}`}`;
  const linked = html ? `<a href="${escapeHtml(place(html))}">${shown}</a>` : shown;
  const beside = file !== null && place === ownFile;
  const source = beside ? ` <a class="soft" href="${escapeHtml(file)}" download>ipynb</a>` : '';
  const why = failure ? `<pre>${escapeHtml(failure.message.slice(0, 500))}</pre>` : '';
  return `<tr><td>${linked}${source}</td><td>${statusText(notebook)}</td>
<td>${duration(seconds)}</td><td>${boundsTable(notebook, 1)}${why}</td></tr>`;
}

function downloads(files: readonly string[]): string {
  if (files.length === 0) return '';
  const links = files.map((file) => `<a href="${escapeHtml(file)}">${escapeHtml(file)}</a>`);
  return `<p class="soft">This report as data and in other forms: ${links.join(', ')}</p>`;
}

function citation(summary: Summary): string {
  if (!hasPaper(summary)) return '';
  const day = summary.startedAt.slice(0, 10);
  const engine = summary.engine ? `, ${summary.engine}` : '';
  return `<p class="citation soft">To cite: gradbook (${escapeHtml(day.slice(0, 4))}). <i>${escapeHtml(paperTitle)}.</i>
Run of ${escapeHtml(day)}, profile ${escapeHtml(summary.profile)}${escapeHtml(engine)}.</p>`;
}
