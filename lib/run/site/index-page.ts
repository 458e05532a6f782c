import { duration } from '../reporters/reporter';
import type { NotebookSummary, Summary } from '../summary/summary';
import { boundsTable, escaped, navigation, ownFile, type Place, statusText } from './parts';

/** The results of all notebooks. */
export function overview(summary: Summary, place: Place): string {
  const when = summary.startedAt.replace('T', ' ').replace(/\..*/, ' UTC');
  const facts = [
    when,
    duration(summary.seconds),
    `profile ${summary.profile}`,
    ...(summary.engine ? [summary.engine] : []),
    `Node ${summary.machine.node}`,
    `${summary.machine.cores} processors`,
  ];
  const missing = summary.missing.length
    ? `<p class="status">Not run: ${escaped(summary.missing.join(', '))}</p>`
    : '';
  return `<h1>Report</h1>
<p><span class="status ${summary.status}">${summary.status}</span>
<span class="soft">${facts.map(escaped).join(' · ')}</span></p>
${missing}
<div class="table overview"><table>
<tr><th>notebook</th><th>status</th><th>time</th><th>figures</th></tr>
${summary.notebooks.map((notebook) => row(notebook, place)).join('\n')}
</table></div>`;
}

/** The site's first page. */
export function indexPage(summary: Summary): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Report</title>
<link rel="stylesheet" href="assets/site.css">
<script src="assets/theme.js"></script>
</head>
<body>
${navigation(summary, 'index', ownFile)}
<main>
${overview(summary, ownFile)}
<!-- gradbook:live -->
<p class="soft">As data: <a href="summary.json">summary.json</a>,
<a href="summary.md">summary.md</a>, <a href="junit.xml">junit.xml</a></p>
</main>
</body>
</html>
`;
}

function row(notebook: NotebookSummary, place: Place): string {
  const { name, title, html, notebook: file, failure, seconds } = notebook;
  const shown = `<b>${escaped(name)}</b>${title === name ? '' : `<br>${escaped(title)}`}`;
  const linked = html ? `<a href="${escaped(place(html))}">${shown}</a>` : shown;
  const beside = file !== null && place === ownFile;
  const source = beside ? ` <a class="soft" href="${escaped(file)}" download>ipynb</a>` : '';
  const why = failure ? `<pre>${escaped(failure.message.slice(0, 500))}</pre>` : '';
  return `<tr><td>${linked}${source}</td><td>${statusText(notebook)}</td>
<td>${duration(seconds)}</td><td>${boundsTable(notebook)}${why}</td></tr>`;
}
