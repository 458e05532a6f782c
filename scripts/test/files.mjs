import * as path from 'node:path';
import { filesBelow, onPath } from '../setup/files.mjs';
import { inWorkspace, root } from '../setup/workspace.mjs';

/** The rooms whose coverage is held to a threshold: a wrong offset, split or label must not pass. */
export const coveredRooms = ['data', 'runtime'];

/**
 * Tests of what a person does, by the clock: a stop, a page. They are a stage of their own, since
 * on a busy machine they fail or hang where nothing is wrong with the code.
 */
const interactive = ['test/kernel/interrupt.test.ts'];

/**
 * Sorts the test files into those of the covered rooms, the others, and those that need a browser
 * or a person's pace.
 *
 * @param {string[]} files relative to the workspace
 * @returns {{ covered: string[], others: string[], browser: string[] }}
 */
export function sortTests(files) {
  const room = (/** @type {string} */ file) => file.split('/')[1] ?? '';
  return {
    covered: files.filter((file) => coveredRooms.includes(room(file))),
    others: files.filter(
      (file) => ![...coveredRooms, 'browser'].includes(room(file)) && !interactive.includes(file),
    ),
    browser: files.filter(
      (file) =>
        room(file) === 'browser' || interactive.includes(file) || file === 'test/run/site.test.ts',
    ),
  };
}

/** @returns {string[]} every test file, relative to the workspace */
export function testFiles() {
  return filesBelow(inWorkspace('test'), (name) => name.endsWith('.test.ts'))
    .map((file) => path.relative(root, file))
    .filter((file) => !file.includes('/fixtures/'));
}

/** Where a Chromium is; `GRADBOOK_CHROMIUM` names one. */
export function findChromium() {
  const wish = process.env['GRADBOOK_CHROMIUM'];
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
  return (wish ? [wish] : names).map(onPath).find(Boolean);
}
