import * as fs from 'node:fs';
import * as path from 'node:path';
import { inWorkspace } from '../runtime';

/**
 * The libtensorflow that the workspace was set up with, such as `tensorflow-cpu-2.21.0`, without
 * loading it; null before the set-up.
 */
export function engineName(folder = inWorkspace('.engine')): string | null {
  const library = inWorkspace(
    'node_modules/@tensorflow/tfjs-node-gpu/deps/lib/libtensorflow_framework.so',
  );
  if (fs.existsSync(library)) {
    const inside = path.relative(folder, fs.realpathSync(library));
    if (!inside.startsWith('..')) return inside.split(path.sep)[0]!;
  }
  const engines = fs.existsSync(folder)
    ? fs.readdirSync(folder).filter((name) => name.startsWith('tensorflow'))
    : [];
  return engines.sort()[0] ?? null;
}

/** Whether the engine is one for NVIDIA's cards and such a card's driver is there. */
export function usesGpu(): boolean {
  const engine = engineName();
  return engine !== null && !engine.includes('cpu') && fs.existsSync('/proc/driver/nvidia/version');
}
