import * as fs from 'node:fs';
import { writeWhole } from './files.mjs';
import { inWorkspace, kernelFile } from './workspace.mjs';

/**
 * Variables of the kernel's process. One arena of glibc's malloc for all threads: from the arena of
 * another thread a tensor of more than 64 MB is memory of the system's own each time, which zeroes
 * it page by page, whatever the binding asks of malloc.
 */
const variables = { MALLOC_ARENA_MAX: '1' };

/** The kernel spec with which Jupyter starts the workspace's kernel. */
export function kernelSpec() {
  const spec = {
    argv: [
      process.execPath,
      // Node 24 treats code terminated by an interrupt as an internal error, and exits.
      '--no-force-async-hooks-checks',
      inWorkspace('lib', 'jupyter', 'kernel', 'start.cjs'),
      '{connection_file}',
    ],
    display_name: 'TypeScript (gradbook)',
    language: 'typescript',
    env: variables,
    // A separate thread of the kernel handles the message even while a synchronous loop runs.
    interrupt_mode: 'message',
  };
  return `${JSON.stringify(spec, undefined, 2)}\n`;
}

/** The kernel spec, which changes when the workspace or Node moves. */
export const kernel = {
  name: 'notebook kernel',

  isDone() {
    return fs.existsSync(kernelFile) && fs.readFileSync(kernelFile, 'utf8') === kernelSpec();
  },

  async run() {
    writeWhole(kernelFile, kernelSpec());
    return undefined;
  },
};
