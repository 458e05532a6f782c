import * as fs from 'node:fs';
import * as path from 'node:path';
import { run } from './command.mjs';
import { isCudaLinked, linkCuda } from './cuda.mjs';
import { hashOfFiles, readJson, writeWhole } from './files.mjs';
import { driverSignature, findGpus } from './gpu.mjs';
import { SetupProblem } from './problem.mjs';
import { stampHolds, writeStamp } from './stamp.mjs';
import { engineVersion, inWorkspace, venvPython } from './workspace.mjs';

/**
 * @typedef {'cpu' | 'gpu'} Kind
 * @typedef {'cpu' | 'gpu' | 'auto'} Wish
 */

const shelf = inWorkspace('.engine');
const choiceFile = path.join(shelf, 'choice.json');
const extractor = inWorkspace('scripts', 'setup', 'extract_engine.py');

/** The wheels for all Python versions contain the same library; one version needs fewer hashes. */
const wheelPython = '3.12';

/** The names of the library files for the compiler. */
export const libraries =
  process.platform === 'darwin'
    ? ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib']
    : ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

/** @returns {Kind | undefined} the kind of libtensorflow that was set up last */
export function chosenKind() {
  const kind = readJson(choiceFile)?.['kind'];
  return kind === 'cpu' || kind === 'gpu' ? kind : undefined;
}

/** @param {Kind} kind */
export function engineFolder(kind) {
  return path.join(shelf, `${kind}-${engineVersion}`);
}

/** @param {Kind} kind */
export function engineStamp(kind) {
  return path.join(engineFolder(kind), 'gradbook.json');
}

/** @param {Kind} kind */
function requirements(kind) {
  return inWorkspace('scripts', 'setup', `engine-${kind}.txt`);
}

/** @param {string | undefined} value */
function checkedWish(value) {
  if (value === undefined || value === '') return undefined;
  if (value === 'cpu' || value === 'gpu' || value === 'auto') return value;
  throw new SetupProblem(`unknown engine: ${value}. Choose cpu, gpu or auto`);
}

const hasCudaWheels = process.platform === 'linux' && process.arch === 'x64';

/**
 * Which libtensorflow to use. The choice (`--engine`, else `GRADBOOK_ENGINE`) is remembered until
 * it is changed; `auto` uses the GPU where there is a driver for CUDA 12.
 *
 * @param {string | undefined} option
 * @returns {{ kind: Kind, wish: Wish, driver: string, remark: string }}
 */
export function chooseEngine(option) {
  const last = readJson(choiceFile);
  const told = checkedWish(option) ?? checkedWish(process.env['GRADBOOK_ENGINE']);
  const wish = told ?? checkedWish(String(last?.['wish'] ?? '')) ?? 'auto';
  if (!hasCudaWheels) return { kind: cpuOnly(wish), wish, driver: '', remark: '' };
  const driver = driverSignature();
  if (wish !== 'auto') return { kind: wish, wish, driver, remark: '' };
  const kind = last?.['kind'];
  if (
    last?.['driver'] === driver &&
    (kind === 'cpu' || kind === 'gpu') &&
    last['wish'] === 'auto'
  ) {
    return { kind, wish, driver, remark: '' };
  }
  const { gpus, reason } = findGpus();
  const [gpu] = gpus;
  return gpu
    ? { kind: 'gpu', wish, driver, remark: `${gpu.name}, ${gpu.memory}` }
    : { kind: 'cpu', wish, driver, remark: reason };
}

/**
 * @param {Wish} wish
 * @returns {'cpu'}
 */
function cpuOnly(wish) {
  if (wish !== 'gpu') return 'cpu';
  throw new SetupProblem(
    'the engine for CUDA 12 exists for Linux on x64 alone: run npm run setup -- --engine cpu',
  );
}

/** @param {Kind} kind */
function sizes(kind) {
  const folder = path.join(engineFolder(kind), 'tensorflow');
  return libraries
    .map((name) => fs.statSync(path.join(folder, name), { throwIfNoEntry: false })?.size ?? 0)
    .join(' ');
}

/** @param {Kind} kind */
function made(kind) {
  return { wheels: hashOfFiles(requirements(kind), extractor), sizes: sizes(kind) };
}

/**
 * libtensorflow from the TensorFlow wheel, with NVIDIA's libraries beside it for `gpu`.
 *
 * @param {ReturnType<typeof chooseEngine>} choice
 */
export function engine(choice) {
  const { kind, wish, driver, remark } = choice;
  return {
    name: `TensorFlow ${engineVersion} (${kind.toUpperCase()})`,
    needsTools: true,

    isDone() {
      const chosen = readJson(choiceFile);
      return (
        chosen?.['kind'] === kind &&
        chosen['wish'] === wish &&
        chosen['driver'] === driver &&
        !sizes(kind).split(' ').includes('0') &&
        stampHolds(engineStamp(kind), made(kind)) &&
        isCudaLinked(engineFolder(kind))
      );
    },

    async run() {
      const there = !sizes(kind).split(' ').includes('0');
      if (!there || !stampHolds(engineStamp(kind), made(kind))) await fetchEngine(kind);
      linkCuda(engineFolder(kind));
      writeWhole(choiceFile, `${JSON.stringify({ kind, wish, driver })}\n`);
      return remark;
    },
  };
}

/** @param {Kind} kind */
async function fetchEngine(kind) {
  const partial = path.join(shelf, 'partial');
  const wheels = path.join(partial, 'wheels');
  const unpacked = path.join(partial, 'unpacked');
  fs.rmSync(partial, { recursive: true, force: true });
  fs.mkdirSync(wheels, { recursive: true });
  const what = `libtensorflow ${engineVersion}`;
  try {
    const flags = [
      '--no-deps',
      '--only-binary=:all:',
      '--require-hashes',
      '--no-input',
      '--retries=3',
    ];
    const target = ['--python-version', wheelPython, '-d', wheels, '-r', requirements(kind)];
    await run(venvPython, ['-m', 'pip', 'download', ...flags, ...target], {
      what,
      log: 'engine.log',
    });
    await run(venvPython, [extractor, wheels, unpacked], { what, log: 'extract.log' });
    fs.rmSync(engineFolder(kind), { recursive: true, force: true });
    fs.renameSync(unpacked, engineFolder(kind));
    writeStamp(engineStamp(kind), made(kind));
  } finally {
    fs.rmSync(partial, { recursive: true, force: true });
  }
}
