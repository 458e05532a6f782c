import * as fs from 'node:fs';
import * as path from 'node:path';
import { connectionParent, connectionPrefix } from '../jupyter';
import { isAlive } from './is-alive';

/**
 * Cleans up after runners that were killed: removes their connection folders and ends kernels that
 * still run. The workspace's own kernel ends by itself when its runner is gone; plain tslab does
 * not.
 */
export function removeLeftovers(parent = connectionParent()): void {
  for (const name of fs.readdirSync(parent)) {
    const runner = new RegExp(`^${connectionPrefix}(\\d+)-`).exec(name)?.[1];
    if (!runner || isAlive(Number(runner))) continue;
    const folder = path.join(parent, name);
    try {
      const pid = Number(fs.readFileSync(path.join(folder, 'kernel.pid'), 'utf8'));
      // Another process may have the same id by now: the kernel's command line contains its folder.
      const command = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (pid > 1 && command.includes(folder)) process.kill(-pid, 'SIGKILL');
    } catch {
      // Not a kernel, or no longer running.
    }
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
