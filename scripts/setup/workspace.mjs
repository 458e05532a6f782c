import * as path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The workspace's folder, from the path of this file, so that a moved clone is detected. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/**
 * @param {string[]} parts
 * @returns {string} an absolute path inside the workspace
 */
export function inWorkspace(...parts) {
  return path.join(root, ...parts);
}

/** Version of libtensorflow: that of the wheels in `engine-cpu.txt` and `engine-gpu.txt`. */
export const engineVersion = '2.21.0';

/** The Python of the workspace's own environment. */
export const venvPython = inWorkspace('.venv', 'bin', 'python');

/** tfjs-node-gpu, whose N-API binding is compiled here. */
export const tfjsFolder = inWorkspace('node_modules', '@tensorflow', 'tfjs-node-gpu');

/** Where tfjs-node-gpu looks for its compiled binding. */
export const bindingFile = path.join(tfjsFolder, 'lib', 'napi-v8', 'tfjs_binding.node');

/** The kernel spec, where Jupyter finds it. */
export const kernelFile = inWorkspace('.venv/share/jupyter/kernels/gradbook/kernel.json');

/** Logs of the set-up's commands, and its lock file. */
export const logFolder = inWorkspace('.cache', 'setup');
