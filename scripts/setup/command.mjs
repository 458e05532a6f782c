import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { SetupProblem } from './problem.mjs';
import { logFolder, root } from './workspace.mjs';

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/** @type {(children: number[]) => void} */
let onChildren = () => {};

/**
 * @param {(children: number[]) => void} listener called with the ids of the running processes when
 *   one starts or ends, for the lock
 */
export function watchChildren(listener) {
  onChildren = listener;
}

function tellChildren() {
  onChildren([...running].flatMap(({ pid }) => pid ?? []));
}

/** Ends all running commands. */
export function endChildren() {
  for (const child of running) child.kill('SIGTERM');
}

/** Python's variables would make other packages visible in the workspace's environment. */
export function cleanEnvironment() {
  const env = { ...process.env, PIP_USER: '0', PIP_DISABLE_PIP_VERSION_CHECK: '1' };
  for (const name of ['PYTHONHOME', 'PYTHONPATH', 'PIP_TARGET', 'PIP_PREFIX', 'NODE_OPTIONS']) {
    delete (/** @type {NodeJS.ProcessEnv} */ (env)[name]);
  }
  return env;
}

const networkSigns = new RegExp(
  [
    'ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT',
    'NewConnectionError|NameResolutionError|Max retries exceeded|ConnectTimeoutError|ProxyError',
    'Temporary failure in name resolution|network (?:is unreachable|request)|ReadTimeoutError',
  ].join('|'),
);

/**
 * Runs a command to its end, its output going to a log file.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ what: string, log: string, env?: NodeJS.ProcessEnv }} options `what` is the subject of
 *   error messages; `log` is the log file's name
 * @returns {Promise<string>} all output
 * @throws {SetupProblem} with the error and the end of the output
 */
export async function run(command, args, { what, log, env = cleanEnvironment() }) {
  fs.mkdirSync(logFolder, { recursive: true });
  const logFile = path.join(logFolder, log);
  const file = fs.openSync(logFile, 'w');
  const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', file, file] });
  running.add(child);
  tellChildren();
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve(status ?? signal));
  })
    .catch((error) => error.message)
    .finally(() => {
      running.delete(child);
      tellChildren();
      fs.closeSync(file);
    });
  const output = fs.readFileSync(logFile, 'utf8');
  if (code !== 0) throw failure(what, code, output, path.relative(root, logFile));
  return output;
}

/**
 * @param {string} what
 * @param {number | string} code
 * @param {string} output
 * @param {string} logFile
 */
function failure(what, code, output, logFile) {
  if (networkSigns.test(output)) {
    return new SetupProblem(
      `${what} could not be downloaded: the registry was not reached. Check the network (or the proxy settings of npm and pip) and run the same command again. The log: ${logFile}`,
    );
  }
  if (/HASHES FROM THE REQUIREMENTS FILE|DO NOT MATCH THE HASHES|EINTEGRITY/i.test(output)) {
    const [, expected, got] =
      /Expected sha\d+ (\S+)\s+Got\s+(\S+)/.exec(output) ??
      /wanted (\S+) but got (\S+?)\.?\s/.exec(output) ??
      [];
    const hashes = expected && got ? `: expected ${expected}, got ${got}` : '';
    return new SetupProblem(
      `${what}: hash mismatch${hashes}. Nothing was installed: the download is damaged or the registry serves another file. Run the same command again; the log: ${logFile}`,
    );
  }
  if (/ENOSPC|No space left on device/.test(output)) {
    return new SetupProblem(`${what}: the disk is full. Free some space and run it again.`);
  }
  const end = output.trimEnd().split('\n').slice(-12);
  return new SetupProblem([
    `${what} failed (${code}); the log: ${logFile}. It ends with:`,
    ...end.map((line) => `    ${line}`),
  ]);
}

/**
 * Runs a short command.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ input?: string, timeout?: number }} [options] timeout in milliseconds, default 20,000
 * @returns {{ ok: boolean, output: string }} standard output, or both streams when it failed
 */
export function ask(command, args, { input, timeout = 20_000 } = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    env: cleanEnvironment(),
    encoding: 'utf8',
    input: input ?? '',
    timeout,
  });
  const ok = result.status === 0;
  const output = ok ? result.stdout : `${result.stdout ?? ''}${result.stderr ?? ''}`;
  return { ok, output: output.trim() };
}
