#!/usr/bin/env node
// Every check of the project, one after the other, also after failures; a summary of all at the end.
import * as fs from 'node:fs';
import { coloured, secondsSince } from './setup/say.mjs';
import { runTests, stages } from './test/stages.mjs';
import { addSummaries } from './test/summary.mjs';

const help = `usage: npm test -- [stage or test file ...]

Runs every check except those in a browser and on emulated processors, or the given stages: ${stages.map(({ name }) => name).join(', ')},
check (style and types), all (these, too); or single test files, such as test/data/npy.test.ts.`;

/** @param {string[]} names */
function chosenStages(names) {
  /** @type {Record<string, string[]>} */
  const groups = { check: ['style', 'types'], all: stages.map(({ name }) => name) };
  const wanted = names.flatMap((name) => groups[name] ?? [name]);
  const isStage = (/** @type {string} */ wish) => stages.some(({ name }) => name === wish);
  // `notebooks` is a stage and a folder.
  const files = wanted.filter((name) => !isStage(name) && fs.existsSync(name));
  const unknown = wanted.find((name) => !files.includes(name) && !isStage(name));
  if (unknown) throw new Error(`unknown stage or missing file: ${unknown}`);
  const named = stages.filter(({ name, byName }) =>
    wanted.length === 0 ? !byName : wanted.includes(name),
  );
  if (files.length === 0) return named;
  return [...named, { name: 'files', title: 'the given tests', run: () => runTests(files) }];
}

/**
 * @param {import('./test/stages.mjs').Stage[]} chosen
 * @returns {Promise<boolean>} whether all passed
 */
async function runStages(chosen) {
  const lines = [];
  const summaries = [];
  let allOk = true;
  for (const { title, run } of chosen) {
    console.log(`\n— ${title}`);
    const start = performance.now();
    const { ok, remark = '', summary } = await run();
    const mark = ok ? coloured('✔', 'green') : coloured('✖', 'red');
    lines.push(
      `${mark} ${title.padEnd(28)}${secondsSince(start).padStart(8)}  ${remark}`.trimEnd(),
    );
    if (summary) summaries.push(summary);
    allOk &&= ok;
  }
  console.log(`\n${lines.join('\n')}`);
  if (summaries.length > 0) console.log(addSummaries(summaries));
  return allOk;
}

const args = process.argv.slice(2);
if (args.includes('--help') || args.includes('-h')) {
  console.log(help);
} else {
  try {
    process.exitCode = (await runStages(chosenStages(args))) ? 0 : 1;
  } catch (error) {
    console.error(`test: ${/** @type {Error} */ (error).message}\n\n${help}`);
    process.exitCode = 2;
  }
}
