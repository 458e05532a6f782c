import type { Planned } from '../plan/plan';
import { PlainReporter } from '../reporters/plain-reporter';
import type { TrialRecord } from './run-trial';
import type { SweepOptions } from './sweep-options';
import type { Trial } from './trials';

/** A trial to run. */
export interface OpenTrial extends Trial {
  /** `3/12: lr=0.001 seed=2`. */
  label: string;
}

/** The executor of trials: local processes or a cluster. */
export interface SweepContext {
  options: SweepOptions;
  planned: Planned;
  folder: string;
  signal: AbortSignal;
  say(line: string): void;
  /** To be called with every trial that has ended. */
  done(trial: OpenTrial, result: Pick<TrialRecord, 'run' | 'attempts'>): void;
}

/** Only the end of a trial is printed. */
export const silentReporter = new PlainReporter('quiet', () => {});
