#!/usr/bin/env node
// Prints the information for a bug report, and how to fix each problem. Needs only Node, so that it
// works before the set-up and after a failed one.
import { machineChecks } from './doctor/machine.mjs';
import { precisionChecks } from './doctor/precision.mjs';
import { softwareChecks } from './doctor/software.mjs';
import { title, workspaceChecks } from './doctor/workspace.mjs';
import { coloured } from './setup/say.mjs';

const help = `usage: npm run doctor -- [--json]

Prints versions, machine, kernel, data set and weights, and how to fix each problem. The exit code is 1 when npm run report cannot work.`;

const args = process.argv.slice(2);
const unknown = args.find((arg) => !['--json', '--help', '-h'].includes(arg));
if (unknown) {
  console.error(`unknown option: ${unknown}\n\n${help}`);
  process.exitCode = 2;
} else if (args.includes('--help') || args.includes('-h')) {
  console.log(help);
} else {
  const checks = [
    ...softwareChecks(),
    ...workspaceChecks(),
    ...machineChecks(),
    ...precisionChecks(),
  ];
  const ok = !checks.some(({ fatal }) => fatal);
  if (args.includes('--json')) console.log(JSON.stringify({ ok, checks }, undefined, 2));
  else print(checks, ok);
  process.exitCode = ok ? 0 : 1;
}

/**
 * @param {import('./doctor/check.mjs').Check[]} checks
 * @param {boolean} ok
 */
function print(checks, ok) {
  console.log(title());
  for (const { name, value, problem, fatal } of checks) {
    const mark = problem ? coloured(fatal ? '✗' : '!', fatal ? 'red' : 'yellow') : ' ';
    console.log(`${mark} ${name.padEnd(18)} ${value}`);
  }
  /** @type {Map<string, string[]>} */
  const byRemedy = new Map();
  for (const { problem, remedy = '' } of checks) {
    if (problem) byRemedy.set(remedy, [...(byRemedy.get(remedy) ?? []), problem]);
  }
  for (const [remedy, problems] of byRemedy) {
    console.log(`\n${problems.join('.\n')}.\n  → ${remedy}`);
  }
  console.log(ok ? '\nReady for npm run report.' : '\nnpm run report cannot work yet.');
}
