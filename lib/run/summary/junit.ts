import { figure, promise } from '../reporters/reporter';
import { absentNotebooks, type NotebookSummary, type Summary } from './summary';

/** The run as JUnit XML: a suite a notebook, a case a code cell and a case a bound. */
export function junitXml(summary: Summary): string {
  const suites = summary.notebooks.map(suite);
  const missing = absentNotebooks(summary).map(
    (name) =>
      `  <testsuite name="${xml(name)}" tests="1" failures="0" errors="0" skipped="1">\n` +
      `    <testcase classname="${xml(name)}" name="notebook"><skipped/></testcase>\n  </testsuite>`,
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="report" time="${summary.seconds}">`,
    ...suites,
    ...missing,
    '</testsuites>\n',
  ].join('\n');
}

function suite(notebook: NotebookSummary): string {
  const { name, failure } = notebook;
  const start = (label: string, seconds = 0) =>
    `    <testcase classname="${xml(name)}" name="${xml(label)}" time="${seconds}"`;
  const cells = notebook.cells.map(({ cell, status, seconds }) => {
    const opened = start(`cell ${cell}`, seconds);
    if (status === 'ok') return `${opened}/>`;
    if (status === 'failed' && failure) return `${opened}>${problem(failure)}</testcase>`;
    return `${opened}><skipped message="${status}"/></testcase>`;
  });
  const bounds = notebook.bounds.map((bound) => {
    const opened = start(`${bound.name} ${promise(bound)}`);
    if (bound.holds) return `${opened}/>`;
    if (bound.holds === null) return `${opened}><skipped message="not judged"/></testcase>`;
    const message = `${bound.name} is ${figure(bound.value)}, promised ${promise(bound)}`;
    return `${opened}><failure type="bound-missed" message="${xml(message)}"/></testcase>`;
  });
  // A failure outside of the cells, such as a kernel that did not start.
  const shown = notebook.cells.some(({ status }) => status === 'failed');
  const whole = failure && !shown ? [`${start('notebook')}>${problem(failure)}</testcase>`] : [];
  const cases = [...cells, ...bounds, ...whole];
  const failures = cases.filter((one) => one.includes('<failure')).length;
  const skipped = cases.filter((one) => one.includes('<skipped')).length;
  return [
    `  <testsuite name="${xml(name)}" tests="${cases.length}" failures="${failures}" errors="0"` +
      ` skipped="${skipped}" time="${notebook.seconds}">`,
    ...cases,
    '  </testsuite>',
  ].join('\n');
}

function problem(failure: NonNullable<NotebookSummary['failure']>): string {
  const line = failure.line === null ? '' : `line ${failure.line}: `;
  const first = failure.message.split('\n')[0]!;
  const text = [failure.message, failure.source, failure.output].filter(Boolean).join('\n');
  return `<failure type="${failure.kind}" message="${xml(line + first)}">${xml(text)}</failure>`;
}

function xml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return (
    text
      .replace(/[&<>"]/g, (sign) => entities[sign]!)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are not allowed in XML 1.0
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '')
  );
}
