import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readJson, writeWhole } from './files.mjs';
import { SetupProblem } from './problem.mjs';

/**
 * @typedef {{
 *   note(children: readonly number[]): void,
 *   release(): void,
 * }} Lock `note` registers the child processes of the holder, which keep the lock if the holder is
 * killed; `release` releases the lock.
 */

/**
 * Start time of a process, which distinguishes it from a later one with the same id. Empty where it
 * is unknown.
 *
 * @param {number} pid
 */
function startOf(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/**
 * @param {unknown} pid
 * @param {unknown} start
 */
function isAlive(pid, start) {
  if (typeof pid !== 'number') return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
  return !start || startOf(pid) === start;
}

/**
 * @param {string} file
 * @returns {number | undefined} the living process that holds the lock
 */
export function holderOf(file) {
  const held = readJson(file);
  if (!held) return undefined;
  const children = Array.isArray(held['children']) ? held['children'] : [];
  const found = [held, ...children].find((one) => isAlive(one?.pid, one?.start));
  return found && Number(found.pid);
}

/** @param {readonly number[]} [children] */
function content(children = []) {
  const [own, ...others] = [process.pid, ...children].map((pid) => ({ pid, start: startOf(pid) }));
  return JSON.stringify({ ...own, children: others });
}

/**
 * Creates a file with its content atomically, unless it exists.
 *
 * @param {string} file
 * @returns {boolean} whether this process created it
 */
function claim(file) {
  const temporary = `${file}.${process.pid}.claim`;
  fs.writeFileSync(temporary, content());
  try {
    fs.linkSync(temporary, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

/**
 * Removes a stale lock. Only one process at a time may do so, after another check; otherwise two
 * processes could remove each other's new lock.
 *
 * @param {string} file
 */
function breakDeadLock(file) {
  const breaker = `${file}.break`;
  if (!claim(breaker)) {
    if (holderOf(breaker) === undefined) fs.rmSync(breaker, { force: true });
    return;
  }
  try {
    if (holderOf(file) === undefined) fs.rmSync(file, { force: true });
  } finally {
    fs.rmSync(breaker, { force: true });
  }
}

/**
 * Waits until no other set-up runs in this workspace, and acquires the lock.
 *
 * @param {string} file
 * @param {{ onWait?: (pid: number) => void, patience?: number, interval?: number }} [options]
 *   `onWait` is called once if it has to wait; `patience` and `interval` in
 *   milliseconds, default 40 minutes and 300
 * @returns {Promise<Lock>}
 * @throws {SetupProblem} on timeout
 */
export async function takeLock(file, { onWait, patience = 40 * 60_000, interval = 300 } = {}) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const end = performance.now() + patience;
  let told = false;
  while (!claim(file)) {
    const holder = holderOf(file);
    if (holder === undefined) {
      breakDeadLock(file);
      continue;
    }
    if (!told) onWait?.(holder);
    told = true;
    if (performance.now() > end) {
      throw new SetupProblem(
        `another set-up (process ${holder}) has been running for too long: end it, then run this again`,
      );
    }
    await sleep(interval);
  }
  return {
    note: (children) => writeWhole(file, content(children)),
    release: () => fs.rmSync(file, { force: true }),
  };
}
