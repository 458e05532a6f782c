import * as fs from 'node:fs';
import { ask } from '../setup/command.mjs';
import { readJson } from '../setup/files.mjs';
import { packages } from '../setup/packages.mjs';
import { sitePackages } from '../setup/papermill.mjs';
import { findCompiler, nodeProblem } from '../setup/prerequisites.mjs';
import { pythonEnvironment } from '../setup/python.mjs';
import { bindingFile, inWorkspace } from '../setup/workspace.mjs';
import { needed } from './check.mjs';

const setup = 'run: npm run setup';

/** @param {string} name of an npm package */
function npmVersion(name) {
  const version = readJson(inWorkspace('node_modules', name, 'package.json'))?.['version'];
  return version === undefined ? undefined : String(version);
}

/** @param {string} name of a Python package, as in its folder name */
function pythonVersion(name) {
  const site = sitePackages();
  const info = (site && fs.existsSync(site) ? fs.readdirSync(site) : []).find(
    (entry) => entry.startsWith(`${name}-`) && entry.endsWith('.dist-info'),
  );
  return info?.slice(name.length + 1, -'.dist-info'.length);
}

function python() {
  const file = inWorkspace('.venv', 'pyvenv.cfg');
  if (!fs.existsSync(file)) return undefined;
  return /^version\s*=\s*(\S+)/m.exec(fs.readFileSync(file, 'utf8'))?.[1];
}

/** @returns {import('./check.mjs').Check} */
function node() {
  const version = process.versions.node;
  const check = { name: 'Node', value: version };
  const problem = nodeProblem(version);
  if (problem) return { ...check, problem, remedy: 'install Node 22 or 24', fatal: true };
  if (['20', '22', '24'].includes(version.split('.')[0] ?? '')) return check;
  return {
    ...check,
    problem: `Node ${version} was not tried: 20, 22 and 24 were`,
    remedy: 'use one of those if something fails',
  };
}

/** @returns {import('./check.mjs').Check} */
function compiler() {
  const found = findCompiler();
  if ('compiler' in found) return { name: 'compiler', value: found.compiler.version };
  return {
    name: 'compiler',
    value: 'missing',
    problem: found.problem,
    remedy: 'install it; it is needed to compile the binding',
    fatal: !fs.existsSync(bindingFile),
  };
}

/** @returns {import('./check.mjs').Check[]} versions of all that is installed */
export function softwareChecks() {
  const npm = ask('npm', ['--version']);
  const lock = { name: 'npm packages', value: 'as in the lockfile' };
  const environment = { name: 'Python packages', value: 'as in the lock file' };
  return [
    node(),
    needed('npm', npm.ok ? npm.output.split('\n').at(-1) : undefined, 'install it with Node'),
    packages.isDone()
      ? lock
      : {
          ...lock,
          value: 'not as in the lockfile',
          problem: 'npm packages are missing or differ from the lockfile',
          remedy: setup,
          fatal: true,
        },
    needed('tfjs', npmVersion('@tensorflow/tfjs-node-gpu'), setup),
    needed('tslab', npmVersion('tslab'), setup),
    compiler(),
    needed('Python', python(), setup),
    pythonEnvironment.isDone()
      ? environment
      : {
          ...environment,
          value: 'not as in the lock file',
          problem: 'the Python environment is missing or differs from the lock file',
          remedy: setup,
          fatal: true,
        },
    needed('JupyterLab', pythonVersion('jupyterlab'), setup),
    needed('papermill', pythonVersion('papermill'), setup),
  ];
}
