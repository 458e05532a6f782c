import * as path from 'node:path';
import { writeNotebook } from '../../jupyter';
import type { CacheKey } from '../cache/cache-key';
import { cacheKey } from '../cache/cache-key';
import { execute, parametersOf, type RunContext } from '../execute/run-notebook';
import { injectParameters } from '../plan/inject';
import type { Planned } from '../plan/plan';
import type { NotebookRun } from '../record';
import type { Trial } from './trials';

/** The record of a trial. */
export interface TrialRecord extends Trial {
  key: CacheKey;
  run: NotebookRun;
  /** Number of attempts. */
  attempts: number;
}

/** The cache key of a trial. */
export function trialKey(planned: Planned, trial: Trial, data: string | undefined): CacheKey {
  const { notebook, declared } = planned.ready!;
  const injected = injectParameters(notebook, trial.parameters);
  const parameters = parametersOf(declared, trial.parameters);
  return cacheKey(injected, { parameters, data, needs: {} });
}

/** Runs a trial once and writes its executed notebook to `folder`. */
export async function runTrial(
  planned: Planned,
  trial: Trial,
  folder: string,
  context: Pick<RunContext, 'options' | 'reporter' | 'signal'>,
): Promise<NotebookRun> {
  const { notebook: source, declared } = planned.ready!;
  const notebook = injectParameters(structuredClone(source), trial.parameters);
  const parameters = parametersOf(declared, trial.parameters);
  const run = await execute(planned, notebook, parameters, trial.id, context);
  writeNotebook(path.join(folder, `${trial.id}.ipynb`), notebook);
  return run;
}

/** Whether a retry may succeed. */
export function isTransient({ failure }: NotebookRun): boolean {
  const kinds = ['kernel-start', 'kernel-died', 'cell-timeout', 'notebook-timeout', 'silence'];
  return failure !== null && [...kinds, 'output-lost', 'internal'].includes(failure.kind);
}
