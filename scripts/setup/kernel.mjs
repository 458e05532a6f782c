import * as fs from 'node:fs';
import { writeWhole } from './files.mjs';
import { inWorkspace, kernelFile } from './workspace.mjs';

/** What Jupyter must know to start the workspace's kernel from anywhere. */
export function kernelSpec() {
  const spec = {
    argv: [
      process.execPath,
      // Node 24 takes code that an interrupt has torn off for a fault of its own, and ends.
      '--no-force-async-hooks-checks',
      inWorkspace('lib', 'jupyter', 'kernel', 'start.cjs'),
      '{connection_file}',
    ],
    display_name: 'TypeScript (gradbook)',
    language: 'typescript',
    // A thread of the kernel's own hears the message also while a synchronous loop runs.
    interrupt_mode: 'message',
  };
  return `${JSON.stringify(spec, undefined, 2)}\n`;
}

/** The kernel's specification: another after a move of the workspace or of Node. */
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
