import * as fs from 'node:fs';
import * as os from 'node:os';
import { findGpus } from '../setup/gpu.mjs';
import { platformProblem } from '../setup/prerequisites.mjs';
import { root } from '../setup/workspace.mjs';

/** @param {number} bytes */
function gigabytes(bytes) {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

/** @returns {import('./check.mjs').Check[]} processor, memory, disk and cards */
export function machineChecks() {
  const [cpu] = os.cpus();
  const { bavail, bsize } = fs.statfsSync(root);
  const { gpus, reason } = findGpus();
  const system = { name: 'system', value: `${os.type()} ${os.release()}, ${os.arch()}` };
  const unfit = platformProblem(process.platform, process.arch, true);
  return [
    unfit
      ? { ...system, problem: unfit, remedy: 'use Linux on x64, or WSL 2 on Windows', fatal: true }
      : system,
    { name: 'CPU', value: `${cpu?.model.trim() ?? 'unknown'}, ${os.cpus().length} cores` },
    { name: 'memory', value: `${gigabytes(os.totalmem())}, ${gigabytes(os.freemem())} free` },
    { name: 'disk', value: `${gigabytes(bavail * bsize)} free` },
    {
      name: 'GPU',
      value: gpus.length
        ? gpus.map(({ name, memory, driver }) => `${name}, ${memory}, driver ${driver}`).join('; ')
        : `none (${reason})`,
    },
  ];
}
