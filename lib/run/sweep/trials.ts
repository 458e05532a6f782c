import { GradbookError } from '../../runtime';
import { sha256 } from '../cache/cache-key';
import { valueFor } from '../plan/parameter-values';
import type { Parameter, ParameterValue } from '../plan/parameters';

/** One combination of parameters. */
export interface Trial {
  /** A hash of the parameters: the same trial has the same id in the next call. */
  id: string;
  parameters: Record<string, ParameterValue>;
}

/**
 * Every combination of the grid's values, the last parameter changing fastest.
 *
 * @param runs the values common to all trials, one set per seed
 * @throws GradbookError `parameter` for a name that is not declared or a value of the wrong type
 */
export function trialsOf(
  declared: readonly Parameter[],
  grid: Readonly<Record<string, readonly string[]>>,
  runs: readonly Record<string, ParameterValue>[],
): Trial[] {
  let combinations: Record<string, ParameterValue>[] = [{}];
  for (const [name, values] of Object.entries(grid)) {
    const parameter = declared.find((one) => one.name === name);
    if (!parameter) {
      const names = declared.map((one) => one.name).join(', ') || 'none';
      throw new GradbookError(
        `parameter "${name}" is not declared by the notebook; declared are ${names}`,
        'parameter',
      );
    }
    const fitting = values.map((value) => valueFor(parameter, value));
    combinations = combinations.flatMap((so) => fitting.map((value) => ({ ...so, [name]: value })));
  }
  const trials = combinations.flatMap((combination) =>
    runs.map((run) => {
      const parameters = { ...run, ...combination };
      return { id: sha256(JSON.stringify(parameters)).slice(0, 10), parameters };
    }),
  );
  // Duplicate values give one trial.
  return [...new Map(trials.map((trial) => [trial.id, trial])).values()];
}
