import * as fs from 'node:fs';
import { ask } from './command.mjs';
import { onPath } from './files.mjs';
import { root } from './workspace.mjs';

/**
 * @typedef {{ path: string, version: string }} Python
 * @typedef {{ path: string, version: string }} Compiler
 */

const oldestPython = 10;
const neededGigabytes = 4;

/** The install commands of package managers. */
const installers = [
  { name: 'apt-get', line: 'sudo apt-get install -y', python: 'python3 python3-venv', cxx: 'g++' },
  { name: 'dnf', line: 'sudo dnf install -y', python: 'python3.12', cxx: 'gcc-c++' },
  { name: 'pacman', line: 'sudo pacman -S --needed', python: 'python', cxx: 'gcc' },
  { name: 'zypper', line: 'sudo zypper install -y', python: 'python312', cxx: 'gcc-c++' },
  { name: 'brew', line: 'brew install', python: 'python@3.12', cxx: 'llvm' },
];

/** @param {'python' | 'cxx'} what */
export function installCommand(what) {
  const order = process.platform === 'darwin' ? [...installers].reverse() : installers;
  const found = order.find(({ name }) => onPath(name)) ?? installers[0];
  if (what === 'cxx' && process.platform === 'darwin') return 'xcode-select --install';
  return found ? `${found.line} ${found[what]}` : '';
}

/**
 * @param {string} version such as `20.11.1`
 * @returns {string | undefined} the problem of this Node version, if any
 */
export function nodeProblem(version) {
  if (Number(version.split('.')[0]) >= 20) return undefined;
  return `Node ${version} is too old: Node 20, 22 or 24 is needed. Install it from https://nodejs.org, or with: nvm install 22`;
}

/**
 * @param {string} platform
 * @param {string} arch
 * @param {boolean} glibc whether the C library is glibc; only used on Linux
 * @returns {string | undefined} the problem of this machine, if any
 */
export function platformProblem(platform, arch, glibc) {
  const name = `${platform} ${arch}`;
  if (!['linux x64', 'linux arm64', 'darwin arm64'].includes(name)) {
    return `there is no libtensorflow wheel for ${name}: this workspace supports Linux x64 (Linux arm64 and macOS arm64 may work). On Windows use WSL 2`;
  }
  if (platform === 'linux' && !glibc) {
    return 'libtensorflow needs glibc, and this Linux has another C library (Alpine?): use a Debian, Ubuntu or Fedora image';
  }
  return undefined;
}

/** Whether Node runs on glibc. */
function hasGlibc() {
  const report = /** @type {{ header?: Record<string, unknown> }} */ (process.report.getReport());
  return Boolean(report.header?.['glibcVersionRuntime']);
}

const pythonQuestion = `
import sys
missing = []
for name in ("venv", "ensurepip"):
    try:
        __import__(name)
    except ImportError:
        missing.append(name)
print("%d.%d.%d" % sys.version_info[:3], ",".join(missing) or "-", sys.executable)
`;

/**
 * Finds the first suitable Python: `GRADBOOK_PYTHON` alone where that is set, else `python3`
 * and the numbered ones.
 *
 * @returns {{ python: Python } | { problem: string }}
 */
export function findPython() {
  const wish = process.env['GRADBOOK_PYTHON'];
  const names = wish
    ? [wish]
    : ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];
  /** @type {string[]} */
  const problems = [];
  for (const name of names) {
    const found = onPath(name);
    const answer = found ? ask(found, ['-c', pythonQuestion]) : undefined;
    const [version, missing, path] = answer?.ok ? answer.output.split(' ') : [];
    if (!version || !missing || !path) continue;
    const [major, minor] = version.split('.').map(Number);
    if (major !== 3 || (minor ?? 0) < oldestPython) {
      problems.push(
        `Python ${version} (${found}) is too old: Python 3.${oldestPython} or newer is needed. Install it with: ${installCommand('python')}`,
      );
    } else if (missing !== '-') {
      problems.push(
        `Python ${version} (${found}) lacks its ${missing.replace(',', ' and ')} module${missing.includes(',') ? 's' : ''}. Install with: ${installCommand('python')}`,
      );
    } else {
      return { python: { path, version } };
    }
  }
  const nothing = wish
    ? `GRADBOOK_PYTHON is ${wish}, which is not a working Python: set another or unset it`
    : `Python 3.${oldestPython} or newer is not installed. Install it with: ${installCommand('python')}`;
  return { problem: problems[0] ?? nothing };
}

const probe = '#include <string>\nint main() { if constexpr (true) return 0; }\n';

/**
 * Finds a C++17 compiler: `CXX` alone where that is set, else `g++`, `clang++` or `c++`.
 *
 * @returns {{ compiler: Compiler } | { problem: string }}
 */
export function findCompiler() {
  const wish = process.env['CXX'];
  const found = findCompilerPath();
  if (!found) {
    const missing = wish
      ? `CXX is ${wish}, which is not a command here`
      : 'a C++17 compiler (g++ or clang++) is not installed';
    return { problem: `${missing}. Install one with: ${installCommand('cxx')}` };
  }
  const trial = ask(found, ['-std=c++17', '-x', 'c++', '-fsyntax-only', '-'], { input: probe });
  if (!trial.ok) {
    return {
      problem: `${found} does not compile C++17 (${trial.output.split('\n')[0]}). Install a newer one with: ${installCommand('cxx')}`,
    };
  }
  const version = ask(found, ['--version']).output.split('\n')[0] ?? '';
  return { compiler: { path: found, version } };
}

/** Path of the compiler; undefined where there is none. */
export function findCompilerPath() {
  const wish = process.env['CXX'];
  for (const name of wish ? [wish] : ['g++', 'clang++', 'c++']) {
    const found = onPath(name);
    if (found) return found;
  }
  return undefined;
}

/** The problem with free disk space, if any. */
function diskProblem() {
  const { bavail, bsize } = fs.statfsSync(root);
  const free = (bavail * bsize) / 1e9;
  if (free >= neededGigabytes) return undefined;
  return `only ${free.toFixed(1)} GB are free on this disk: the set-up needs ${neededGigabytes} GB (and 6 GB more for CUDA)`;
}

/**
 * @returns {string[]} one sentence for each missing tool, with the command that installs it
 */
export function missingPrerequisites() {
  const node = nodeProblem(process.versions.node);
  if (node) return [node];
  const python = findPython();
  const compiler = findCompiler();
  const linux = process.platform === 'linux';
  return [
    platformProblem(process.platform, process.arch, linux && hasGlibc()),
    onPath('npm')
      ? undefined
      : 'npm is not installed. Install it with Node, from https://nodejs.org',
    'problem' in python ? python.problem : undefined,
    'problem' in compiler ? compiler.problem : undefined,
    diskProblem(),
  ].flatMap((problem) => problem ?? []);
}
