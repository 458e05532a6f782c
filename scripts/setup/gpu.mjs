import * as fs from 'node:fs';
import { ask } from './command.mjs';
import { onPath } from './files.mjs';

/**
 * @typedef {{ name: string, memory: string, driver: string }} Gpu memory such as `24576 MiB`
 */

/** The oldest driver that runs CUDA 12 (NVIDIA, CUDA compatibility, table of minimum drivers). */
export const oldestDriver = 525;

/**
 * @param {string} output of `nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader`
 * @returns {Gpu[]}
 */
export function parseGpus(output) {
  return output.split('\n').flatMap((line) => {
    const [name, memory, driver] = line.split(',').map((cell) => cell.trim());
    return name && memory && driver ? [{ name, memory, driver }] : [];
  });
}

/**
 * Asks the NVIDIA driver for its GPUs.
 *
 * @returns {{ gpus: Gpu[], reason: string }} the usable GPUs, or why there is none
 */
export function findGpus() {
  const command = onPath('nvidia-smi');
  if (!command) return { gpus: [], reason: 'no NVIDIA driver found' };
  const query = ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader'];
  const { ok, output } = ask(command, query);
  const gpus = ok ? parseGpus(output) : [];
  if (gpus.length === 0) {
    return { gpus, reason: `nvidia-smi found no GPU (${output.split('\n')[0] ?? ''})` };
  }
  const usable = gpus.filter(({ driver }) => Number.parseInt(driver, 10) >= oldestDriver);
  const reason = usable.length
    ? ''
    : `NVIDIA driver ${gpus[0]?.driver} is too old for CUDA 12: ${oldestDriver} or newer is needed`;
  return { gpus: usable, reason };
}

/** Changes when a driver is installed, removed or updated; fast to read. */
export function driverSignature() {
  const version = '/proc/driver/nvidia/version';
  const text = fs.existsSync(version) ? fs.readFileSync(version, 'utf8').split('\n')[0] : '';
  return `${onPath('nvidia-smi') ?? 'none'} ${text}`.trim();
}
