import { escapeHtml } from '../../notebook';
import { inPaperForm, type PaperRow, paperConclusions, paperRow } from '../../paper';
import { metricName } from '../record';
import { figure } from '../reporters/reporter';
import type { NotebookSummary, Summary } from '../summary/summary';
import type { Place } from './parts';

interface TableRow {
  notebook: NotebookSummary;
  row: PaperRow;
  /** Least and greatest value over seeds. */
  spread: string;
}

/** The metrics that the paper has, in the order of its sections. */
function tableRows(summary: Summary): TableRow[] {
  const rows = summary.notebooks.flatMap((notebook) =>
    notebook.metrics.flatMap((metric) => {
      const over = notebook.spread.find(({ name }) => name === metricName(metric));
      const row = paperRow(over ? { ...metric, value: over.mean } : metric);
      if (!row) return [];
      const form = (value: number) => inPaperForm(value, metric.paper);
      const spread = over ? `${form(over.min)} to ${form(over.max)}` : '';
      return [{ notebook, row, spread }];
    }),
  );
  return rows
    .map((row, index) => ({ row, index }))
    .sort((a, b) => order(a.row.row.section, b.row.row.section) || a.index - b.index)
    .map(({ row }) => row);
}

/** `abstract` first, then by number. */
function order(a: string, b: string): number {
  const number = (section: string) => (/^\d/.test(section) ? section : '0');
  return number(a).localeCompare(number(b), 'en', { numeric: true });
}

/** The paper's values beside those of the run, each with a verdict. */
export function paperTable(summary: Summary, place: Place): string {
  const rows = tableRows(summary);
  if (rows.length === 0) return '';
  const smoke = summary.profile === 'smoke';
  const severalSeeds = rows.some(({ spread }) => spread);
  const body = rows.map(({ notebook, row, spread }) => {
    const name = notebook.html
      ? `<a href="${escapeHtml(place(notebook.html))}">${escapeHtml(row.name)}</a>`
      : escapeHtml(row.name);
    const [kind, words] = smoke ? ['none', 'not judged'] : [kinds[row.verdict], row.words];
    const range = severalSeeds ? `<td class="whole soft">${escapeHtml(spread)}</td>` : '';
    return `<tr><td class="whole">${escapeHtml(row.section)}</td><td>${name}</td>
<td class="whole">${escapeHtml(row.paper)}</td><td class="whole"><b>${escapeHtml(row.ours)}</b></td>${range}
<td class="whole"><span class="verdict ${kind}">${escapeHtml(words)}</span></td></tr>`;
  });
  return `<h2 id="paper">The paper beside this run</h2>
<div class="table"><table class="paper">
<thead><tr><th>section</th><th>metric</th><th>paper</th><th>this run</th>${severalSeeds ? '<th>over seeds</th>' : ''}<th>verdict</th></tr></thead>
<tbody>
${body.join('\n')}
</tbody></table></div>
<p class="soft">Reproduced: within two points of the paper's value or range (four where it says "about").
The images are rebuilt from other photos, so smaller differences say nothing.</p>`;
}

const kinds: Record<PaperRow['verdict'], string> = {
  ...{ reproduced: 'good', higher: 'other', lower: 'bad', differs: 'bad' },
  'not comparable': 'none',
};

/** The paper's conclusions, and whether this run supports each. */
export function conclusionsTable(summary: Summary): string {
  const metrics = summary.notebooks.flatMap((notebook) => notebook.metrics);
  const known = paperConclusions(metrics).filter(({ supported }) => supported !== null);
  if (known.length === 0 || summary.profile === 'smoke') return '';
  const body = known.map(({ conclusion, compares, smaller, greater, supported }) => {
    const verdict = supported
      ? '<span class="verdict good">supported</span>'
      : '<span class="verdict bad">not supported</span>';
    return `<tr><td>${escapeHtml(conclusion)}</td><td class="soft">${escapeHtml(compares)}</td>
<td class="whole">${figure(smaller)}</td><td class="whole">${figure(greater)}</td><td class="whole">${verdict}</td></tr>`;
  });
  return `<h2 id="conclusions">Does this run support the paper's conclusions?</h2>
<div class="table"><table class="conclusions">
<thead><tr><th>the paper concludes that</th><th>compared</th><th>first</th><th>second</th><th></th></tr></thead>
<tbody>
${body.join('\n')}
</tbody></table></div>`;
}

/** What was measured that the paper does not have. */
export function beyondTable(summary: Summary, place: Place): string {
  const rows = summary.notebooks.flatMap((notebook) =>
    notebook.metrics
      .filter(({ paper, section }) => paper === undefined && section !== '')
      .map((metric) => ({ notebook, metric })),
  );
  if (rows.length === 0) return '';
  const body = rows.map(({ notebook, metric }) => {
    const { name, value, section, details } = metric;
    const classmates = details?.['published by classmates'];
    const beside = classmates === undefined ? '' : `published by classmates: ${figure(classmates)}`;
    const shown = notebook.html
      ? `<a href="${escapeHtml(place(notebook.html))}">${escapeHtml(name)}</a>`
      : escapeHtml(name);
    return `<tr><td class="whole">${escapeHtml(section)}</td><td>${shown}</td><td class="whole"><b>${figure(value)}</b></td><td class="soft">${escapeHtml(beside)}</td></tr>`;
  });
  return `<h2 id="beyond">Beyond the paper</h2>
<div class="table"><table>
<thead><tr><th>section</th><th>metric</th><th>this run</th><th></th></tr></thead>
<tbody>
${body.join('\n')}
</tbody></table></div>`;
}
