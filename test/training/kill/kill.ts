import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Random } from '../../../lib/runtime';

interface End {
  killed: boolean;
  /** Milliseconds from the first batch to the end. */
  milliseconds: number;
}

/**
 * Runs the training in `folder` and kills it so many milliseconds after its first batch; null lets
 * it run to its end.
 */
function runOnce(folder: string, epochs: number, killAfter: number | null): Promise<End> {
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
    let began = 0;
    child.stderr.on('data', (text) => {
      errors += text;
    });
    child.stdout.once('data', () => {
      began = performance.now();
      if (killAfter !== null) setTimeout(() => child.kill('SIGKILL'), killAfter);
    });
    child.on('exit', (code, signal) => {
      const killed = signal === 'SIGKILL';
      if (killed || code === 0) resolve({ killed, milliseconds: performance.now() - began });
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

export interface KillReport {
  /** How often the training was killed, and how often it left a backup to go on from. */
  kills: number;
  resumed: number;
  /** Files that differ from those of the training that was never killed. */
  different: string[];
}

/**
 * Trains once undisturbed and once with kills at random moments, spread over the whole training.
 * There may be fewer kills than wanted when the training is faster the second time.
 *
 * @param folder an empty folder to work in
 */
export async function compareWithKills(
  folder: string,
  { kills: wanted, epochs, random }: { kills: number; epochs: number; random: Random },
): Promise<KillReport> {
  const whole = path.join(folder, 'whole');
  const broken = path.join(folder, 'broken');
  const { milliseconds } = await runOnce(whole, epochs, null);
  const report: KillReport = { kills: 0, resumed: 0, different: [] };
  let over = false;
  while (!over) {
    const wait = (random.next() * 1.3 * milliseconds) / (wanted + 1);
    const { killed } = await runOnce(broken, epochs, report.kills < wanted ? wait : null);
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
