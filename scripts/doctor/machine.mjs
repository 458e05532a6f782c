import * as fs from 'node:fs';
import * as os from 'node:os';
import { findGpus } from '../setup/gpu.mjs';
import { platformProblem } from '../setup/prerequisites.mjs';
import { root } from '../setup/workspace.mjs';

/** @param {number} bytes */
function gigabytes(bytes) {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

/** The processor's instruction sets that matter for training speed, such as `AVX2, AVX-512`. */
function instructions() {
  const known = {
    avx2: 'AVX2',
    avx512f: 'AVX-512',
    avx512_bf16: 'bfloat16',
    amx_bf16: 'AMX bfloat16',
  };
  const info = fs.existsSync('/proc/cpuinfo') ? fs.readFileSync('/proc/cpuinfo', 'utf8') : '';
  const flags = new Set(/^flags\s*:(.*)$/m.exec(info)?.[1]?.split(/\s+/));
  const found = Object.entries(known).flatMap(([flag, name]) => (flags.has(flag) ? [name] : []));
  return found.length > 0 ? ` (${found.join(', ')})` : '';
}

/** @returns {import('./check.mjs').Check[]} processor, memory, disk and GPUs */
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
    {
      name: 'CPU',
      value: `${cpu?.model.trim() ?? 'unknown'}, ${os.cpus().length} cores${instructions()}`,
    },
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
