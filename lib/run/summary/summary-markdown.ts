import { duration, figure, heldText, signed } from '../reporters/reporter';
import { figureRows } from './result-table';
import { absentNotebooks, type Summary } from './summary';

/** The summary as CI services show it under a job. */
export function summaryMarkdown(summary: Summary): string {
  const marks = {
    passed: '✅',
    'bound-missed': '❌',
    failed: '❌',
    interrupted: '⏹️',
    'not-run': '⚪',
  };
  const cell = (text: string) => text.replace(/\|/g, '\\|').replace(/\n/g, ' ');
  const rows = summary.notebooks.map((notebook) =>
    [
      notebook.name,
      `${marks[notebook.status]} ${notebook.status}${notebook.cached ? ' (unchanged)' : ''}`,
      duration(notebook.seconds),
      heldText(notebook.bounds),
    ].map(cell),
  );
  for (const name of absentNotebooks(summary)) rows.push([name, '⚪ not run', '', '']);
  const figures = summary.notebooks.flatMap((notebook) =>
    figureRows(notebook).map((row) => [notebook.name, ...row]),
  );
  const failures = summary.notebooks.flatMap(({ name, failure }) => {
    if (!failure) return [];
    const place = failure.cell === null ? '' : `, cell [${failure.cell}]`;
    const line = failure.line === null ? '' : `, line ${failure.line}`;
    const fence = '```';
    const text = [failure.message, failure.source && `> ${failure.source}`].filter(Boolean);
    return [
      `\n**${name}**${place}${line}: ${failure.kind}\n\n${fence}\n${text.join('\n')}\n${fence}`,
    ];
  });
  return [
    `## ${marks[summary.status]} Report: ${summary.status} in ${duration(summary.seconds)}`,
    '',
    '| notebook | status | time | bounds |',
    '| --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    ...precisions(summary),
    ...(figures.length > 0 ? ['', '| notebook | metric | value | bound and paper | |'] : []),
    ...(figures.length > 0 ? ['| --- | --- | --- | --- | --- |'] : []),
    ...figures.map((row) => `| ${row.map(cell).join(' | ')} |`),
    ...comparison(summary),
    ...failures,
    '',
  ].join('\n');
}

/** What was computed in, where that was not float32 alone. */
function precisions({ notebooks }: Summary): string[] {
  const others = notebooks.filter(({ precision }) => precision.some((one) => one !== 'float32'));
  if (others.length === 0) return [];
  return [
    '',
    `Computed in: ${others.map((n) => `${n.name} ${n.precision.join(', ')}`).join('; ')}`,
  ];
}

/** Which metrics moved since the run that this one is compared with. */
function comparison({ compared }: Summary): string[] {
  if (!compared) return [];
  const { from, startedAt, profile, moved, same } = compared;
  const head = `Compared with ${from} (${startedAt.slice(0, 16).replace('T', ' ')}, ${profile}): ${moved.length} moved, ${same} the same`;
  if (moved.length === 0) return ['', head];
  return [
    ...[
      '',
      head,
      '',
      '| notebook | metric | then | now | change |',
      '| --- | --- | --- | --- | --- |',
    ],
    ...moved.map(
      ({ notebook, name, before, now }) =>
        `| ${notebook} | ${name.replace(/\|/g, '\\|')} | ${figure(before)} | ${figure(now)} | ${signed(now - before)} |`,
    ),
  ];
}
