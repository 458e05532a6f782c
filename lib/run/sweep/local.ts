import { type OpenTrial, type SweepContext, silentReporter } from './context';
import { isTransient, runTrial } from './run-trial';

/** Runs trials in kernels of this machine, `--jobs` of them in parallel. */
export async function runLocally(
  trials: readonly OpenTrial[],
  context: SweepContext,
): Promise<void> {
  const { options, planned, folder, signal } = context;
  const waiting = [...trials];
  async function lane(): Promise<void> {
    for (;;) {
      const trial = waiting.shift();
      if (!trial || signal.aborted) return;
      for (let attempts = 1; ; attempts++) {
        const run = await runTrial(planned, trial, folder, {
          options,
          reporter: silentReporter,
          signal,
        });
        const again = attempts <= options.retries && isTransient(run) && !signal.aborted;
        if (!again) {
          context.done(trial, { run, attempts });
          break;
        }
        context.say(`${trial.label} · retrying: ${run.failure!.message.split('\n')[0]}`);
      }
    }
  }
  await Promise.all(Array.from({ length: options.jobs }, lane));
}
