#!/usr/bin/env node
// Sets up a fresh clone and repairs later changes. Needs only Node.
import { parseArgs } from 'node:util';
import { setUp } from './setup/set-up.mjs';

const help = `usage: npm run setup -- [options]

Sets up the workspace: npm packages, Python environment, libtensorflow and its binding, notebook
kernel, data set, weights. Does only what is missing; run it as often as you like.

  --engine cpu|gpu|auto  libtensorflow for the CPU or for CUDA 12; auto, the default, takes the GPU
                         where an NVIDIA driver of version 525 or newer is found. The choice is remembered. GRADBOOK_ENGINE does the same.
  --force                do every step again
  --quiet                show nothing but problems
  --help                 show this

GRADBOOK_PYTHON names the Python to use, CXX the compiler.`;

/** @returns {{ engine?: string, force?: boolean, quiet?: boolean, help?: boolean } | undefined} */
function options() {
  try {
    return parseArgs({
      options: {
        engine: { type: 'string' },
        force: { type: 'boolean' },
        quiet: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    console.error(`${/** @type {Error} */ (error).message}\n\n${help}`);
    return undefined;
  }
}

const chosen = options();
if (!chosen) {
  process.exitCode = 2;
} else if (chosen.help) {
  console.log(help);
} else {
  process.exitCode = await setUp(chosen);
}
