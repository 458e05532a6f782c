import { escapeHtml } from '../../notebook';
import { figure, signed } from '../reporters/reporter';
import type { Summary } from '../summary/summary';

/** What moved since the run that this one is compared with. */
export function comparisonTable({ compared }: Summary): string {
  if (!compared) return '';
  const { moved, same, added, gone } = compared;
  const body = moved.map(({ notebook, name, before, now }) => {
    const change = now - before;
    return `<tr><td>${escapeHtml(notebook)}</td><td>${escapeHtml(name)}</td><td class="whole">${figure(before)}</td>
<td class="whole">${figure(now)}</td><td class="whole">${change > 0 ? '▲' : '▼'} ${signed(change)}</td></tr>`;
  });
  const table = moved.length
    ? `<div class="table"><table>
<thead><tr><th>notebook</th><th>metric</th><th>then</th><th>now</th><th>change</th></tr></thead>
<tbody>
${body.join('\n')}
</tbody></table></div>`
    : '';
  const others = [
    `${same} ${same === 1 ? 'metric is' : 'metrics are'} the same`,
    ...(added.length ? [`new: ${added.join(', ')}`] : []),
    ...(gone.length ? [`no longer measured: ${gone.join(', ')}`] : []),
  ];
  return `<h2 id="compared">Compared with an earlier run</h2>
<p class="soft">${escapeHtml(`${compared.from}: run of ${compared.startedAt.slice(0, 16).replace('T', ' ')}, profile ${compared.profile}`)}</p>
${table}
<p class="soft">${escapeHtml(others.join('; '))}</p>`;
}
