import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { inWorkspace } from '../../lib/runtime';

const requirements = path.join(__dirname, 'requirements.txt');

/**
 * The Python that reads exported networks with their own libraries: an environment in
 * `.cache/exchange`, made on first use and again when requirements.txt has changed. `GRADBOOK_PYTHON`
 * names the Python that it is made with.
 *
 * @returns the path of its interpreter
 */
export function referencePython(): string {
  const folder = inWorkspace('.cache', 'exchange', 'python');
  const python = path.join(folder, 'bin', 'python');
  const wanted = fs.readFileSync(requirements, 'utf8');
  const stamp = path.join(folder, 'requirements.txt');
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return python;
  console.log(`making a Python environment in ${folder} …`);
  fs.rmSync(folder, { recursive: true, force: true });
  const base = process.env['GRADBOOK_PYTHON'] || 'python3';
  execFileSync(base, ['-m', 'venv', folder], { stdio: 'inherit' });
  const install = ['-m', 'pip', 'install', '--quiet', '--no-input', '--requirement', requirements];
  execFileSync(python, install, { stdio: 'inherit' });
  fs.writeFileSync(stamp, wanted);
  return python;
}

/** What is installed, as requirements.txt says it: `{ keras: '3.15.1', … }`. */
export function referenceVersions(): Record<string, string> {
  const lines = fs.readFileSync(requirements, 'utf8').split('\n');
  return Object.fromEntries(
    lines.filter((line) => line.includes('==')).map((line) => line.split('==')),
  ) as Record<string, string>;
}
