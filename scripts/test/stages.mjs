import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { filesBelow } from '../setup/files.mjs';
import { inWorkspace, root } from '../setup/workspace.mjs';
import { findChromium, sortTests, testFiles } from './files.mjs';
import { readSummary } from './summary.mjs';

/**
 * @typedef {{
 *   ok: boolean,
 *   remark?: string,
 *   summary?: Map<string, number>,
 * }} Outcome `summary` holds the counts of node's test runner
 * @typedef {{ name: string, title: string, run(): Promise<Outcome>, byName?: boolean }} Stage a stage
 *   `byName` runs only when it is named
 */

const minute = 60_000;
const typescript = inWorkspace('node_modules', 'typescript', 'bin', 'tsc');
const bin = (/** @type {string} */ name) => inWorkspace('node_modules', '.bin', name);

const runner = [
  ...['--import', 'tsx', '--test', '--test-reporter=spec'],
  `--test-timeout=${10 * minute}`,
];

/**
 * Runs a command, its output shown and kept.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, limit?: number }} [options] limit in milliseconds, default
 *   20 minutes
 * @returns {Promise<{ ok: boolean, output: string, remark?: string }>}
 */
function show(command, args, { env = {}, limit = 20 * minute } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGTERM');
    }, limit);
    child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      output += text;
      process.stdout.write(text);
    });
    child.on('error', (error) => resolve({ ok: false, output, remark: error.message }));
    // `exit` and not `close`: an orphaned process must not keep the pipe open and hang the tests.
    child.on('exit', (code) => {
      clearTimeout(timer);
      setTimeout(() => {
        child.stdout.destroy();
        const remark = late ? `ended after ${limit / minute} minutes` : undefined;
        resolve({ ok: code === 0, output, ...(remark ? { remark } : {}) });
      }, 200);
    });
  });
}

/**
 * @param {string[]} files
 * @param {{ covered?: boolean, env?: Record<string, string>, atOnce?: number }} [options] `atOnce`
 *   files, default 2: the engine uses every core by itself, and takes a gigabyte
 * @returns {Promise<Outcome>}
 */
export async function runTests(files, { covered = false, env = {}, atOnce = 2 } = {}) {
  if (files.length === 0) return { ok: true, remark: 'no tests' };
  const node = [process.execPath, ...runner, `--test-concurrency=${atOnce}`, ...files];
  const [command, ...args] = covered ? [bin('c8'), ...coverage, ...node] : node;
  const { ok, output, remark } = await show(command ?? '', args, { env });
  const summary = readSummary(output);
  // A runner that died prints no summary, which is a failure.
  if (!summary.has('tests')) return { ok: false, remark: remark ?? 'the runner gave no summary' };
  return { ok, summary, ...(remark ? { remark } : {}) };
}

const coverage = [
  ...['--include', 'lib/data/**', '--include', 'lib/runtime/**', '--exclude', '**/types.ts'],
  ...['--all', '--check-coverage', '--lines', '95', '--functions', '95', '--branches', '85'],
  ...['--reporter', 'text', '--reporter', 'html', '--report-dir', 'coverage'],
];

/** @type {Stage[]} */
export const stages = [
  {
    name: 'style',
    title: 'style (biome)',
    run: () => show(bin('biome'), ['check', '--error-on-warnings', '.']),
  },
  {
    name: 'types',
    title: 'types (tsc)',
    // Not `.bin/tsc`: tslab installs another TypeScript under that name.
    run: async () => {
      // Code for browsers is checked with a browser's types.
      const projects = ['.', 'lib/live/browser'];
      let ok = true;
      for (const project of projects) {
        const checked = await show(process.execPath, [
          typescript,
          '-p',
          project,
          '--pretty',
          'false',
        ]);
        ok &&= checked.ok;
      }
      return { ok };
    },
  },
  {
    name: 'coverage',
    title: 'tests of data and runtime',
    run: () => runTests(sortTests(testFiles()).covered, { covered: true }),
  },
  {
    name: 'unit',
    title: 'tests of the other folders',
    run: () => runTests(sortTests(testFiles()).others),
  },
  { name: 'notebooks', title: 'notebooks, smoke profile', run: runNotebooks },
  {
    name: 'machines',
    title: 'tests on emulated processors',
    run: () => show(process.execPath, ['scripts/test-machines.mjs', '--short']),
    byName: true,
  },
  { name: 'browser', title: 'tests in a browser', run: runBrowser, byName: true },
];

/** @returns {Promise<Outcome>} */
async function runNotebooks() {
  const notebooks = filesBelow(inWorkspace('notebooks'), (name) => name.endsWith('.ipynb'));
  if (notebooks.length === 0) return { ok: true, remark: 'no notebooks' };
  const output = fs.mkdtempSync(inWorkspace('.cache', 'smoke-'));
  const options = ['--profile', 'smoke', '--out', output];
  try {
    // Networks trained for a few steps must not replace those of a report.
    const env = { GRADBOOK_MODELS: inWorkspace('.cache', 'smoke-models') };
    const args = ['--import', 'tsx', 'scripts/report.ts', ...options];
    return await show(process.execPath, args, { env });
  } finally {
    fs.rmSync(output, { recursive: true, force: true });
  }
}

/** @returns {Promise<Outcome>} */
async function runBrowser() {
  const { browser } = sortTests(testFiles());
  if (browser.length === 0) return { ok: true, remark: 'no tests' };
  const chromium = findChromium();
  if ('missing' in chromium) {
    const remark = `skipped: ${chromium.missing}`;
    // A browser that is set explicitly must be used.
    return { ok: !process.env['GRADBOOK_CHROMIUM'], remark };
  }
  const env = { GRADBOOK_CHROMIUM: chromium.program };
  const summary = new Map();
  const twice = [];
  let ok = true;
  for (const file of browser) {
    // Each starts a browser, a JupyterLab and a kernel, with time limits.
    let outcome = await runTests([file], { env, atOnce: 1 });
    if (!outcome.ok) {
      console.log(`${file} failed. A browser may be slow on a busy machine: retrying.`);
      twice.push(path.basename(file));
      outcome = await runTests([file], { env, atOnce: 1 });
    }
    ok &&= outcome.ok;
    for (const [name, count] of outcome.summary ?? []) {
      summary.set(name, (summary.get(name) ?? 0) + count);
    }
  }
  return { ok, summary, ...(twice.length > 0 ? { remark: `run twice: ${twice.join(', ')}` } : {}) };
}
