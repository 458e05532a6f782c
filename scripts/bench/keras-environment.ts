import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { inWorkspace } from '../../lib/runtime';

const kerasVersion = '3.15.1';

function installedTensorflow(python: string): string | undefined {
  const script =
    'import importlib.metadata as m; m.version("keras"); print(m.version("tensorflow-cpu"))';
  const { status, stdout } = spawnSync(python, ['-c', script], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/**
 * A Python with Keras on the given TensorFlow: the given one, or the workspace's own environment,
 * created on first use.
 *
 * @throws Error when the given one has another TensorFlow or the environment cannot be created
 */
export async function kerasPython(tensorflow: string, given?: string): Promise<string> {
  if (given) {
    const found = installedTensorflow(given);
    if (found === tensorflow) return given;
    throw new Error(
      `${given} has ${found ? `tensorflow-cpu ${found}` : 'no tensorflow-cpu'}, but this workspace runs ${tensorflow}: a comparison needs the same version`,
    );
  }
  const folder = inWorkspace('.engine', 'keras');
  const python = inWorkspace('.engine', 'keras', 'bin', 'python');
  if (fs.existsSync(python) && installedTensorflow(python) === tensorflow) return python;
  console.log(
    `making a Python environment with Keras ${kerasVersion} on TensorFlow ${tensorflow} …`,
  );
  fs.rmSync(folder, { recursive: true, force: true });
  const base = process.env['GRADBOOK_PYTHON'] || 'python3';
  execFileSync(base, ['-m', 'venv', folder], { stdio: 'inherit' });
  execFileSync(
    python,
    [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--no-input',
      `tensorflow-cpu==${tensorflow}`,
      `keras==${kerasVersion}`,
    ],
    { stdio: 'inherit' },
  );
  return python;
}
