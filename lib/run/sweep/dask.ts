import { spawn } from 'node:child_process';
import * as path from 'node:path';
import * as readline from 'node:readline';
import { GradbookError, inWorkspace, root } from '../../runtime';
import type { OpenTrial, SweepContext } from './context';

/** A line that the Python process prints for a trial. */
type Line =
  | { id: string; record: Parameters<SweepContext['done']>[1] }
  | { id: string; error: string }
  | { say: string };

/**
 * Runs trials on a Dask cluster: each is a task with retries, and if a worker dies only its trial
 * is repeated.
 *
 * @throws GradbookError `scheduler` when the cluster cannot be reached or is lost
 */
export async function runOnDask(
  trials: readonly OpenTrial[],
  context: SweepContext,
): Promise<void> {
  const { options, planned, folder, signal, say } = context;
  const python = inWorkspace(options.python);
  const script = path.join(__dirname, 'dask_sweep.py');
  const child = spawn(python, [script, options.scheduler!], {
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: root,
  });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  let complaints = '';
  child.stderr.on('data', (text) => {
    complaints = (complaints + text).slice(-5000);
  });
  const work = {
    root,
    retries: options.retries,
    trials: trials.map(({ id, parameters }) => ({
      id,
      trial: JSON.stringify({
        trial: { id, parameters },
        file: planned.file,
        folder,
        options: { ...options, jobs: 1, verbosity: 'quiet', grid: {} },
      }),
    })),
  };
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      complaints += error.message;
      resolve(127);
    });
    child.once('exit', resolve);
  });
  child.stdin.on('error', () => {});
  child.stdin.end(JSON.stringify(work));
  const byId = new Map(trials.map((trial) => [trial.id, trial]));
  for await (const text of readline.createInterface({ input: child.stdout })) {
    const line: Line = JSON.parse(text);
    if ('say' in line) say(line.say);
    else if ('error' in line) say(`${byId.get(line.id)!.label} · lost: ${line.error}`);
    else context.done(byId.get(line.id)!, line.record);
  }
  const code = await ended;
  signal.removeEventListener('abort', stop);
  if (code !== 0 && !signal.aborted) {
    throw new GradbookError(
      `the sweep on ${options.scheduler} ended early: ${complaints.trim().split('\n').slice(-3).join(' ')} ` +
        'Finished trials are kept; run the command again to continue.',
      'scheduler',
    );
  }
}
