import * as path from 'node:path';
import { binding } from './binding.mjs';
import { endChildren, watchChildren } from './command.mjs';
import { dataset } from './dataset.mjs';
import { chooseEngine, engine } from './engine.mjs';
import { kernel } from './kernel.mjs';
import { takeLock } from './lock.mjs';
import { packages } from './packages.mjs';
import { papermill } from './papermill.mjs';
import { missingPrerequisites, nodeProblem } from './prerequisites.mjs';
import { SetupProblem } from './problem.mjs';
import { pythonEnvironment } from './python.mjs';
import { coloured, say, secondsSince, setQuiet, showStep } from './say.mjs';
import { weights } from './weights.mjs';
import { logFolder } from './workspace.mjs';

/**
 * @typedef {{
 *   name: string,
 *   needsTools?: boolean,
 *   isDone(): boolean,
 *   run(): Promise<import('./say.mjs').Remark>,
 * }} Step `needsTools`: Python, npm or the compiler; `isDone` reads files only and takes
 * milliseconds; `run` may return a remark to show
 */

/**
 * Every step, after those that it needs.
 *
 * @param {string | undefined} wish of an engine
 * @returns {{ step: Step, needs: Step[] }[]}
 */
function allSteps(wish) {
  const choice = chooseEngine(wish);
  const tensorflow = engine(choice);
  return [
    { step: packages, needs: [] },
    { step: pythonEnvironment, needs: [] },
    { step: tensorflow, needs: [pythonEnvironment] },
    { step: binding(choice.kind), needs: [packages, tensorflow] },
    { step: kernel, needs: [pythonEnvironment] },
    { step: papermill, needs: [pythonEnvironment] },
    { step: dataset, needs: [packages] },
    { step: weights, needs: [packages, pythonEnvironment] },
  ];
}

/**
 * Does every step that is not done.
 *
 * @param {{ engine?: string, force?: boolean, quiet?: boolean }} options
 * @returns {Promise<number>} the exit code
 */
export async function setUp({ engine: wish, force = false, quiet = false }) {
  setQuiet(quiet);
  const start = performance.now();
  try {
    const node = nodeProblem(process.versions.node);
    if (node) throw new SetupProblem(node);
    const steps = allSteps(wish);
    if (!force && steps.every(({ step }) => step.isDone())) {
      say(coloured('Everything is set up.', 'dim'));
      return 0;
    }
    // A moved kernel spec or a missing data set is repaired without a compiler.
    const build = force || steps.some(({ step }) => step.needsTools && !step.isDone());
    const missing = build ? missingPrerequisites() : [];
    if (missing.length > 0) throw new SetupProblem(missing);
    await underLock(() => doSteps(steps, force));
    say(`Ready in ${secondsSince(start)}.`);
    return 0;
  } catch (error) {
    if (!(error instanceof SetupProblem)) throw error;
    for (const line of error.message.split('\n')) {
      console.error(line.startsWith(' ') ? line : `${coloured('setup:', 'red')} ${line}`);
    }
    return 1;
  }
}

/**
 * Does every step as soon as those that it needs are done. After a failure the running steps are
 * finished, since a download may have taken minutes, and no other begins.
 *
 * @param {ReturnType<typeof allSteps>} steps
 * @param {boolean} force
 * @throws the first failure
 */
async function doSteps(steps, force) {
  say(`Setting up gradbook (Node ${process.versions.node})`);
  /** @type {unknown[]} */
  const failures = [];
  /** @type {Map<Step, Promise<void>>} */
  const ended = new Map();
  for (const { step, needs } of steps) {
    const work = async () => {
      await Promise.all(needs.map((needed) => ended.get(needed)));
      if (failures.length > 0) return;
      // Checked again before each step: another set-up may have done it meanwhile.
      if (force || !step.isDone()) await showStep(step.name, () => step.run());
    };
    ended.set(
      step,
      work().catch((error) => void failures.push(error)),
    );
  }
  await Promise.all(ended.values());
  if (failures.length > 0) throw failures[0];
}

/** @param {() => Promise<void>} work */
async function underLock(work) {
  const lock = await takeLock(path.join(logFolder, 'lock'), {
    onWait: (pid) => say(`Another set-up (process ${pid}) is running: waiting for it.`),
  });
  watchChildren((children) => lock.note(children));
  const end = (/** @type {NodeJS.Signals} */ signal) => {
    endChildren();
    lock.release();
    console.error(`\nsetup: ended by ${signal}; the next call continues from here`);
    process.exit(130);
  };
  process.on('SIGINT', end).on('SIGTERM', end).on('SIGHUP', end);
  try {
    await work();
  } finally {
    lock.release();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, end);
  }
}
