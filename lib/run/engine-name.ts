import * as fs from 'node:fs';
import * as path from 'node:path';
import { inWorkspace } from '../runtime';

/** The folder of `.engine` from which a compiled binding loads libtensorflow, such as `cpu-2.21.0`. */
function engineFolder(binding: string): string | null {
  if (!fs.existsSync(binding)) return null;
  // The linker wrote the path of the library into it: that is what will be loaded.
  const way = /[^\0]*\/\.engine\/([^/\0]+)\/[^\0]*/.exec(fs.readFileSync(binding, 'latin1'));
  if (!way) return null;
  const library = way[0].replace(/^.*(?:\$ORIGIN|@loader_path)/s, path.dirname(binding));
  return fs.existsSync(library) ? way[1]! : null;
}

/**
 * The libtensorflow that the workspace was set up with, such as `tensorflow-cpu-2.21.0`, without
 * loading it; null before the set-up.
 *
 * @param binding default the workspace's own tfjs binding
 */
export function engineName(
  binding = inWorkspace('node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node'),
): string | null {
  const folder = engineFolder(binding);
  return folder && `tensorflow-${folder}`;
}

/** Whether the engine is one for NVIDIA GPUs and an NVIDIA driver is installed. */
export function usesGpu(
  engine = engineName(),
  driver = fs.existsSync('/proc/driver/nvidia/version'),
): boolean {
  return driver && engine?.startsWith('tensorflow-gpu') === true;
}
