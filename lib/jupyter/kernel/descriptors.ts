import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

/** Output written to the file descriptors 1 and 2 by any code. Shared by both threads. */
export interface Descriptors {
  /** The end from which output of descriptor 1 is read; non-blocking. */
  stdout: number;
  /** The same for descriptor 2. */
  stderr: number;
  /** The kernel's original standard error; null where it cannot be reopened. */
  log: number | null;
  /** A lock, 1 while a thread reads: what is read is sent before the next read. */
  lock: SharedArrayBuffer;
}

/**
 * A process that, when the kernel ends, copies unread output, such as the message of a crash, to
 * the kernel's own standard error. It reads nothing before its standard input ends.
 */
const heir = 'exec 3<"$1/out" 4<"$1/err"; rm -rf "$1"; cat >/dev/null; cat <&3 >&2; cat <&4 >&2';

/**
 * Replaces the descriptors 1 and 2 by pipes, so that the output of child processes and of
 * native libraries can be shown in the cell. A new file gets the lowest free number, which is that
 * of the one just closed; nothing else may open files meanwhile, so this must run first.
 *
 * @returns null where the system has no named pipes; the descriptors are unchanged then
 */
export function takeDescriptors(): Descriptors | null {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gradbook-kernel-'));
  const [out, err] = [path.join(folder, 'out'), path.join(folder, 'err')];
  if (spawnSync('mkfifo', ['-m', '600', out, err]).status !== 0) {
    fs.rmSync(folder, { recursive: true, force: true });
    return null;
  }
  // Created while the original descriptors are still in place.
  void [process.stdout, process.stderr];
  const log = reopened(2);
  const { O_RDONLY, O_NONBLOCK } = fs.constants;
  const [stdout, stderr] = [out, err].map((file) => fs.openSync(file, O_RDONLY | O_NONBLOCK));
  const keeper = spawn('sh', ['-c', heir, 'sh', folder], {
    stdio: ['pipe', 'inherit', 'inherit'],
    // An interrupt of the kernel's process group does not reach it.
    detached: true,
  });
  keeper.on('error', () => {});
  keeper.unref();
  (keeper.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  for (const [descriptor, file] of [out, err].entries()) replace(descriptor + 1, file);
  return { stdout: stdout!, stderr: stderr!, log, lock: new SharedArrayBuffer(4) };
}

/** Another descriptor of the same file; not possible for a socket. */
function reopened(descriptor: number): number | null {
  try {
    return fs.openSync(
      `/proc/self/fd/${descriptor}`,
      fs.constants.O_WRONLY | fs.constants.O_APPEND,
    );
  } catch {
    return null;
  }
}

function replace(descriptor: number, file: string): void {
  fs.closeSync(descriptor);
  const got = fs.openSync(file, 'w');
  if (got !== descriptor) throw new Error(`descriptor ${descriptor} was taken by ${got}`);
}
