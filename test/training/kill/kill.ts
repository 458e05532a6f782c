import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as readline from 'node:readline';
import type { Random } from '../../../lib/runtime';

/** Batches of an epoch of `child.ts`: 400 images by 16. */
const batchesPerEpoch = 25;

/** When to kill: after a number of batches, and a few milliseconds. */
interface Moment {
  batches: number;
  milliseconds: number;
}

/**
 * Runs the training in `folder` and kills it at a moment counted in batches, since the pace of a
 * busy machine changes from one run to the next; null lets it run to its end.
 *
 * @returns whether it was killed
 */
function runOnce(folder: string, epochs: number, moment: Moment | null): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const script = path.join(__dirname, 'child.ts');
    // Without the second process that tsx would start, so that the kill hits the training.
    const child = spawn(
      process.execPath,
      ['--require', require.resolve('tsx/cjs'), script, folder, String(epochs)],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let errors = '';
    let batches = 0;
    child.stderr.on('data', (text) => {
      errors += text;
    });
    readline.createInterface({ input: child.stdout }).on('line', () => {
      batches++;
      if (batches === moment?.batches) {
        setTimeout(() => child.kill('SIGKILL'), moment.milliseconds);
      }
    });
    child.on('exit', (code, signal) => {
      if (signal === 'SIGKILL') resolve(true);
      else if (code === 0) resolve(false);
      else reject(new Error(`the training ended with ${signal ?? code}: ${errors}`));
    });
  });
}

/** The result of a training: all relevant files, as bytes. */
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

export interface KillReport {
  /** How often the training was killed, and how often there was a backup to continue from. */
  kills: number;
  resumed: number;
  /** Files that differ from those of the training that was never killed. */
  different: string[];
}

/**
 * Trains once undisturbed and once with kills at random moments, spread over the whole training.
 *
 * @param folder an empty folder to work in
 */
export async function compareWithKills(
  folder: string,
  { kills: wanted, epochs, random }: { kills: number; epochs: number; random: Random },
): Promise<KillReport> {
  const whole = path.join(folder, 'whole');
  const broken = path.join(folder, 'broken');
  await runOnce(whole, epochs, null);
  const report: KillReport = { kills: 0, resumed: 0, different: [] };
  let over = false;
  while (!over) {
    const farthest = (epochs * batchesPerEpoch) / (wanted + 1);
    const moment = {
      batches: random.integer(1, Math.floor(farthest)),
      milliseconds: random.next() * 60,
    };
    const killed = await runOnce(broken, epochs, report.kills < wanted ? moment : null);
    over = !killed;
    if (!killed) continue;
    report.kills++;
    if (fs.existsSync(path.join(broken, 'backup', 'training.state'))) report.resumed++;
  }
  const expected = remains(whole);
  const found = remains(broken);
  const names = new Set([...Object.keys(expected), ...Object.keys(found)]);
  report.different = [...names].filter((name) => expected[name] !== found[name]);
  return report;
}
