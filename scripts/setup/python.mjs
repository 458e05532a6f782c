import * as fs from 'node:fs';
import { run } from './command.mjs';
import { hashOfFiles, readJson } from './files.mjs';
import { findPython } from './prerequisites.mjs';
import { SetupProblem } from './problem.mjs';
import { stampHolds, writeStamp } from './stamp.mjs';
import { inWorkspace, root, venvPython } from './workspace.mjs';

const folder = inWorkspace('.venv');
const stamp = inWorkspace('.venv', 'gradbook.json');
const requirements = inWorkspace('scripts', 'setup', 'requirements.txt');

/** The environment's scripts hold its absolute path, so a moved workspace needs a new one. */
function made() {
  return {
    requirements: hashOfFiles(requirements),
    root,
    asked: process.env['GRADBOOK_PYTHON'] ?? '',
  };
}

/** The interpreter of `.venv`: another one after a system upgrade, undefined when it was removed. */
function interpreter() {
  return fs.existsSync(venvPython) ? fs.realpathSync(venvPython) : '';
}

/** JupyterLab and the packages that render notebooks, in the workspace's own environment. */
export const pythonEnvironment = {
  name: 'Python environment',
  needsTools: true,

  isDone() {
    const found = interpreter();
    return (
      found !== '' &&
      stampHolds(stamp, made()) &&
      readJson(stamp)?.['interpreter'] === found &&
      fs.existsSync(inWorkspace('.venv', 'bin', 'jupyter-lab'))
    );
  },

  async run() {
    const found = findPython();
    if ('problem' in found) throw new SetupProblem(found.problem);
    const { path, version } = found.python;
    // Never upgraded in place, so that files of two versions of a package cannot mix.
    fs.rmSync(folder, { recursive: true, force: true });
    await run(path, ['-m', 'venv', folder], { what: 'the Python environment', log: 'venv.log' });
    const flags = [
      '--no-deps',
      '--only-binary=:all:',
      '--require-hashes',
      '--no-input',
      '--retries=3',
      '--no-compile',
    ];
    await run(venvPython, ['-m', 'pip', 'install', ...flags, '-r', requirements], {
      what: 'Python packages',
      log: 'pip.log',
    });
    writeStamp(stamp, { ...made(), interpreter: interpreter() });
    return `Python ${version}`;
  },
};
