import * as fs from 'node:fs';
import { tryBinding } from '../setup/binding.mjs';
import { dataFolder, dataRecord, dataset, hasData } from '../setup/dataset.mjs';
import { chosenKind } from '../setup/engine.mjs';
import { findGpus } from '../setup/gpu.mjs';
import { kernel } from '../setup/kernel.mjs';
import { holderOf } from '../setup/lock.mjs';
import { hasWeights, weightsFolder } from '../setup/weights.mjs';
import { bindingFile, inWorkspace, kernelFile, logFolder, root } from '../setup/workspace.mjs';

/** @typedef {import('./check.mjs').Check} Check */

const setup = 'run: npm run setup';

/** @returns {Check} */
function engine() {
  const name = 'TensorFlow';
  if (!fs.existsSync(bindingFile)) {
    const problem = 'the TensorFlow binding is not built';
    return { name, value: 'missing', problem, remedy: setup, fatal: true };
  }
  const result = tryBinding();
  if ('problem' in result) {
    const remedy = 'run: npm run setup -- --force';
    return { name, value: 'broken', problem: result.problem, remedy, fatal: true };
  }
  const value = `${result.version} on the ${result.device}`;
  if (result.device === 'CPU' && findGpus().gpus.length > 0) {
    return {
      name,
      value,
      problem: 'there is a GPU, and TensorFlow does not use it',
      remedy:
        chosenKind() === 'gpu'
          ? 'set TF_CPP_MIN_LOG_LEVEL=0 and run a notebook: libtensorflow then logs which library is missing'
          : 'run: npm run setup -- --engine gpu',
    };
  }
  return { name, value };
}

/** @returns {Check} */
function kernelCheck() {
  const name = 'kernel';
  if (kernel.isDone()) return { name, value: `gradbook, in ${root}` };
  const problem = fs.existsSync(kernelFile)
    ? 'the notebook kernel points to another workspace or another Node'
    : 'the notebook kernel is not registered';
  return { name, value: 'wrong', problem, remedy: setup, fatal: true };
}

/** @returns {Check} */
function data() {
  const name = 'data set';
  if (!hasData()) {
    const problem = `there is no data set in ${dataFolder()}`;
    return { name, value: 'missing', problem, remedy: setup, fatal: true };
  }
  const record = dataRecord();
  const value = record
    ? `${record['count']} images of ${record['size']}×${record['size']}, seed ${record['seed']}`
    : `not built here, in ${dataFolder()}`;
  if (dataset.isDone()) return { name, value };
  const problem = 'the data set differs from the one that this version builds';
  return { name, value, problem, remedy: setup };
}

/** @returns {Check} */
function weights() {
  const name = 'MobileNet weights';
  if (process.env['GRADBOOK_WEIGHTS']) return { name, value: process.env['GRADBOOK_WEIGHTS'] };
  if (hasWeights()) return { name, value: weightsFolder() };
  return {
    name,
    value: 'missing',
    problem: 'the MobileNet weights are missing: the notebooks that use them cannot run',
    remedy:
      'with a network connection, run: npm run setup. Or set GRADBOOK_WEIGHTS to your own weights',
  };
}

/** @returns {Check[]} the results of the set-up */
export function workspaceChecks() {
  const holder = holderOf(`${logFolder}/lock`);
  const busy = holder
    ? [
        {
          name: 'set-up',
          value: `running (process ${holder})`,
          problem: 'a set-up is running: missing parts may be installed by it',
          remedy: 'run the doctor again when it has finished',
        },
      ]
    : [];
  return [...busy, engine(), kernelCheck(), data(), weights()];
}

/** @returns {string} name and version of the workspace */
export function title() {
  const { name, version } = JSON.parse(fs.readFileSync(inWorkspace('package.json'), 'utf8'));
  return `${name} ${version}`;
}
