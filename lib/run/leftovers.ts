import * as fs from 'node:fs';
import * as path from 'node:path';
import { connectionParent, connectionPrefix } from '../jupyter';
import { isAlive } from './is-alive';

/**
 * Cleans up after runners that were killed: their connection folders go, and a kernel that is
 * still there goes too. The workspace's own kernel ends by itself when its runner is gone; plain
 * tslab does not.
 */
export function removeLeftovers(parent = connectionParent()): void {
  for (const name of fs.readdirSync(parent)) {
    const runner = new RegExp(`^${connectionPrefix}(\\d+)-`).exec(name)?.[1];
    if (!runner || isAlive(Number(runner))) continue;
    const folder = path.join(parent, name);
    try {
      const pid = Number(fs.readFileSync(path.join(folder, 'kernel.pid'), 'utf8'));
      // Another process may have the number by now: the kernel's command names its folder.
      const command = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (pid > 1 && command.includes(folder)) process.kill(-pid, 'SIGKILL');
    } catch {
      // No kernel, or none any more.
    }
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
