const names = ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo', 'duration_ms'];

/**
 * @param {string} output of node's test runner with its `spec` reporter
 * @returns {Map<string, number>} the counts of its last summary; empty where it printed none
 */
export function readSummary(output) {
  const counts = new Map();
  for (const [, name, value] of output.matchAll(/^ℹ (\w+) ([\d.]+)$/gm)) {
    if (name && names.includes(name)) counts.set(name, Number(value));
  }
  return counts;
}

/**
 * @param {Map<string, number>[]} summaries
 * @returns {string} one summary of several runs, in the runner's own form
 */
export function addSummaries(summaries) {
  return names
    .map((name) => {
      const sum = summaries.reduce((total, counts) => total + (counts.get(name) ?? 0), 0);
      return `ℹ ${name} ${Number.isInteger(sum) ? sum : sum.toFixed(3)}`;
    })
    .join('\n');
}
