import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Random } from '../../../lib/runtime';

/**
 * Runs the training in `folder` and kills it so many milliseconds after its first batch; null lets
 * it run to its end.
 *
 * @returns whether it came to its end
 */
function runOnce(folder: string, killAfter: number | null): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const script = path.join(__dirname, 'child.ts');
    // Without the second process that tsx would start, so that the kill hits the training.
    const child = spawn(
      process.execPath,
      ['--require', require.resolve('tsx/cjs'), script, folder],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let errors = '';
    child.stderr.on('data', (text) => {
      errors += text;
    });
    child.stdout.once('data', () => {
      if (killAfter !== null) setTimeout(() => child.kill('SIGKILL'), killAfter);
    });
    child.on('exit', (code, signal) => {
      if (signal === 'SIGKILL') resolve(false);
      else if (code === 0) resolve(true);
      else reject(new Error(errors));
    });
  });
}

/** How a training ended: all files that matter, as bytes. */
function remains(folder: string): Record<string, string> {
  const files = ['end.state', 'log.csv', 'best/model.json'];
  const weights = fs.readdirSync(path.join(folder, 'best')).filter((name) => name.endsWith('.bin'));
  return Object.fromEntries(
    [...files, ...weights.map((name) => `best/${name}`)].map((name) => [
      name,
      fs.readFileSync(path.join(folder, name)).toString('base64'),
    ]),
  );
}

/** Trains undisturbed: how it ends, and how many milliseconds it takes. */
export async function trainUndisturbed(folder: string) {
  const start = performance.now();
  await runOnce(folder, null);
  return { remains: remains(folder), milliseconds: performance.now() - start };
}

/** Trains with so many kills at random moments within `span` milliseconds of the first batch. */
export async function trainWithKills(
  folder: string,
  kills: number,
  span: number,
  random: Random,
): Promise<{ remains: Record<string, string>; killed: number }> {
  let killed = 0;
  let over = false;
  while (killed < kills && !over) {
    over = await runOnce(folder, random.next() * span);
    if (!over) killed++;
  }
  if (!over) await runOnce(folder, null);
  return { remains: remains(folder), killed };
}
