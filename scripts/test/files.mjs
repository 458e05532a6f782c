import { spawnSync } from 'node:child_process';
import * as path from 'node:path';
import { filesBelow, onPath } from '../setup/files.mjs';
import { inWorkspace, root } from '../setup/workspace.mjs';

/** The folders with a coverage threshold: a wrong offset, split or label must not pass. */
export const coveredRooms = ['data', 'runtime'];

/**
 * Sorts the test files into those of the covered folders, the others, and those that need a
 * browser; one of them uses a browser if there is one and is in both.
 *
 * @param {string[]} files relative to the workspace
 * @returns {{ covered: string[], others: string[], browser: string[] }}
 */
export function sortTests(files) {
  const room = (/** @type {string} */ file) => file.split('/')[1] ?? '';
  return {
    covered: files.filter((file) => coveredRooms.includes(room(file))),
    others: files.filter((file) => ![...coveredRooms, 'browser'].includes(room(file))),
    browser: files.filter((file) => room(file) === 'browser' || file === 'test/run/site.test.ts'),
  };
}

/** @returns {string[]} every test file, relative to the workspace */
export function testFiles() {
  return filesBelow(inWorkspace('test'), (name) => name.endsWith('.test.ts'))
    .map((file) => path.relative(root, file))
    .filter((file) => !file.includes('/fixtures/'));
}

/**
 * Looks for a Chromium; `GRADBOOK_CHROMIUM` names one.
 *
 * @returns {{ program: string } | { missing: string }} why there is none
 */
export function findChromium() {
  const wish = process.env['GRADBOOK_CHROMIUM'];
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
  const found = (wish ? [wish] : names).map(onPath).flatMap((program) => program || []);
  const program = found.find(opensPages);
  if (program) return { program };
  const broken = found.map((name) => `${name} does not open a page`).join(', ');
  const missing = wish ? `${wish} does not exist` : 'no Chromium here';
  return { missing: `${broken || missing} (sudo apt-get install -y chromium)` };
}

/**
 * Some systems have a placeholder script that only explains how to install Chromium.
 *
 * @param {string} program
 */
function opensPages(program) {
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
  const page = 'data:text/html,<b>opened</b>';
  const { stdout } = spawnSync(program, [...flags, '--dump-dom', page], {
    encoding: 'utf8',
    timeout: 120_000,
    killSignal: 'SIGKILL',
  });
  return stdout?.includes('<b>opened</b>') ?? false;
}
