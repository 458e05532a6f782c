import * as fs from 'node:fs';
import * as path from 'node:path';
import { ask, run } from './command.mjs';
import { engineFolder, engineStamp, libraries } from './engine.mjs';
import { filesBelow, hashOfFiles } from './files.mjs';
import { findCompiler, findCompilerPath } from './prerequisites.mjs';
import { SetupProblem } from './problem.mjs';
import { stampHolds, writeStamp } from './stamp.mjs';
import { bindingFile, inWorkspace, tfjsFolder } from './workspace.mjs';

const stamp = path.join(path.dirname(bindingFile), 'gradbook.json');
const ownFolder = inWorkspace('scripts', 'setup', 'binding');
const headers = inWorkspace('node_modules', 'node-api-headers', 'include');

/**
 * The binding's sources: tfjs-node-gpu's, with an additional file that includes and extends its
 * `tfjs_binding.cc`.
 *
 * @param {RegExp} name
 */
function sourcesOf(name) {
  const all = [path.join(tfjsFolder, 'binding'), ownFolder].flatMap((folder) =>
    filesBelow(folder, (file) => name.test(file)),
  );
  return all;
}

/** Sources of the package that our own file includes. */
const included = ['tfjs_binding.cc', 'tfjs_backend.cc'];

/** The compiler at hand, told apart without running it. */
function compilerIdentity() {
  const found = findCompilerPath();
  if (!found) return undefined;
  const file = fs.realpathSync(found);
  const { size, mtimeMs } = fs.statSync(file);
  return `${file} ${size} ${Math.floor(mtimeMs)}`;
}

/** @param {import('./engine.mjs').Kind} kind */
function made(kind) {
  const sources = sourcesOf(/\.(cc|h)$/);
  const compiler = compilerIdentity();
  return {
    sources: hashOfFiles(...sources, path.join(headers, 'node_api.h')),
    engine: `${kind} ${hashOfFiles(engineStamp(kind))}`,
    // Without a compiler the existing binding is kept.
    ...(compiler ? { compiler } : {}),
  };
}

/**
 * The arguments that compile the binding. The engine's libraries are found relative to the binding,
 * so the workspace may be moved; they stay in the wheel's own folders, because libtensorflow looks
 * for NVIDIA's libraries relative to itself.
 *
 * @param {import('./engine.mjs').Kind} kind
 * @param {string} output
 */
export function compileArguments(kind, output) {
  const library = path.join(engineFolder(kind), 'tensorflow');
  const way = path.relative(path.dirname(bindingFile), library);
  const mac = process.platform === 'darwin';
  return [
    ...['-std=c++17', '-O2', '-fPIC', '-DNAPI_VERSION=8', '-Wno-deprecated-declarations'],
    ...(mac ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared']),
    ...[`-I${tfjsFolder}`, `-I${path.join(library, 'include')}`, `-I${headers}`],
    ...sourcesOf(/\.cc$/).filter((file) => !included.includes(path.basename(file))),
    ...libraries.map((name) => path.join(library, name)),
    `-Wl,-rpath,${mac ? '@loader_path' : '$ORIGIN'}/${way}`,
    ...['-o', output],
  ];
}

/** A computation to test libtensorflow, in a separate process, since it may crash. */
const trial = `
  const util = require('node:util');
  util.isNullOrUndefined ??= (value) => value == null;
  util.isArray ??= Array.isArray;
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';
  const tf = require('@tensorflow/tfjs-node-gpu');
  const product = tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5], [6]]));
  const { TF_Version } = tf.backend().binding;
  const device = tf.backend().isUsingGpuDevice ? 'GPU' : 'CPU';
  console.log(JSON.stringify({ product: [...product.dataSync()], TF_Version, device }));
`;

/**
 * Loads the binding in a separate process and multiplies two matrices.
 *
 * @returns {{ version: string, device: string } | { problem: string }}
 */
export function tryBinding() {
  const { ok, output } = ask(process.execPath, ['-e', trial], { timeout: 120_000 });
  const last = output.split('\n').at(-1) ?? '';
  if (ok && last.startsWith('{')) {
    const { product, TF_Version: version, device } = JSON.parse(last);
    if (String(product) === '17,39') return { version, device };
    return {
      problem: `the TensorFlow binding computes wrong numbers: ${product} instead of 17,39`,
    };
  }
  const reason = output.match(/^.*(?:Error|error|cannot).*$/m)?.[0] ?? (last || 'it crashed');
  return { problem: `the TensorFlow binding does not load: ${reason.trim()}` };
}

/**
 * tfjs-node-gpu's N-API binding, compiled against the engine.
 *
 * @param {import('./engine.mjs').Kind} kind
 */
export function binding(kind) {
  return {
    name: 'TensorFlow binding',
    needsTools: true,

    isDone() {
      return fs.existsSync(bindingFile) && stampHolds(stamp, made(kind));
    },

    async run() {
      const found = findCompiler();
      if ('problem' in found) throw new SetupProblem(found.problem);
      fs.rmSync(stamp, { force: true });
      fs.mkdirSync(path.dirname(bindingFile), { recursive: true });
      const fresh = `${bindingFile}.new`;
      await run(found.compiler.path, compileArguments(kind, fresh), {
        what: 'the TensorFlow binding',
        log: 'binding.log',
      });
      // A new file instead of new content: processes that have loaded the old one are not affected.
      fs.renameSync(fresh, bindingFile);
      const result = tryBinding();
      if ('problem' in result) throw new SetupProblem(`${result.problem}. See: npm run doctor`);
      writeStamp(stamp, made(kind));
      return `${result.version} on the ${result.device}`;
    },
  };
}
