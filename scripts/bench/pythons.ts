import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { inWorkspace } from '../../lib/runtime';
import { kerasPython } from './keras-environment';
import { variants } from './variants';

interface Wishes {
  keras: string | undefined;
  torch: string | undefined;
  /** Whether to create an environment where none is given. */
  install: boolean;
}

/** Newest at the time of writing; pytorch-grad-cam is for the row Grad-CAM. */
const torchPackages = ['torch==2.14.1', 'grad-cam==1.5.7'];

function hasTorch(python: string): boolean {
  return spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0;
}

function makeTorch(): string {
  const folder = inWorkspace('.engine', 'torch');
  const python = inWorkspace('.engine', 'torch', 'bin', 'python');
  if (fs.existsSync(python) && hasTorch(python)) return python;
  console.log('making a Python environment with PyTorch …');
  fs.rmSync(folder, { recursive: true, force: true });
  const base = process.env['GRADBOOK_PYTHON'] || 'python3';
  execFileSync(base, ['-m', 'venv', folder], { stdio: 'inherit' });
  const install = ['-m', 'pip', 'install', '--quiet', '--no-input', ...torchPackages];
  execFileSync(python, install, { stdio: 'inherit' });
  return python;
}

/**
 * A Python for each external runner of the variants. Missing ones that cannot be created are
 * printed, and their variants are left out.
 */
export async function findPythons(
  names: readonly string[],
  tensorflow: string,
  { keras, torch, install }: Wishes,
): Promise<Partial<Record<string, string>>> {
  const runners = new Set(names.map((name) => variants[name]!.runner));
  const found: Partial<Record<string, string>> = {};
  const look = async (runner: 'keras' | 'torch', find: () => string | Promise<string>) => {
    if (!runners.has(runner)) return;
    try {
      found[runner] = await find();
    } catch (error) {
      console.log(`${runner} is left out: ${(error as Error).message.split('\n')[0]}`);
    }
  };
  const refuse = (option: string) => {
    throw new Error(`no Python given (${option}), and --no-install`);
  };
  await look('keras', () =>
    keras || install ? kerasPython(tensorflow, keras) : refuse('--python-keras'),
  );
  await look('torch', () => {
    if (!torch) return install ? makeTorch() : refuse('--python-torch');
    if (hasTorch(torch)) return torch;
    throw new Error(`${torch} has no torch`);
  });
  return found;
}
