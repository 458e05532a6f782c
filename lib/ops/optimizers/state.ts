import type { Variable } from '@tensorflow/tfjs-node-gpu';
import { GradbookError } from '../../runtime';
import type { OptimizerState } from './types';

type Saved = OptimizerState['slots'];

/** @throws GradbookError `bad-state` for the state of another optimizer */
export function checkClass(state: OptimizerState, className: string): void {
  if (state.className === className) return;
  throw new GradbookError(
    `the state is of ${state.className}, but this is ${className}: create the same optimizer first`,
    'bad-state',
  );
}

/**
 * Finds each variable's saved slots: by name, or by order when no name is known.
 *
 * @throws GradbookError `state-mismatch` when neither matches
 */
export function matchState(
  saved: Saved,
  variables: Variable[],
  slotDefaults: Record<string, number>,
): Map<Variable, Record<string, Float32Array>> {
  const names = Object.keys(saved);
  const matched = new Map<Variable, Record<string, Float32Array>>();
  if (names.length === 0 || Object.keys(slotDefaults).length === 0) return matched;
  const byName = variables.some((variable) => variable.name in saved);
  if (!byName && names.length !== variables.length) {
    throw mismatch(`it has ${names.length} variables, the model ${variables.length}`);
  }
  for (const [i, variable] of variables.entries()) {
    const slots = saved[byName ? variable.name : names[i]!];
    // A variable that had no gradient so far has no slots yet.
    if (!slots) continue;
    for (const slot of Object.keys(slotDefaults)) {
      if (slots[slot]?.length !== variable.size) {
        throw mismatch(
          `${slot} of ${variable.name} has ${slots[slot]?.length ?? 0} values and should have ${variable.size}`,
        );
      }
    }
    matched.set(variable, slots);
  }
  return matched;
}

/** The error for a state whose slots are not those of the model's weights. */
export function mismatch(what: string): GradbookError {
  return new GradbookError(
    `the optimizer's state does not match the model: ${what}. Build the model that the state was saved with`,
    'state-mismatch',
  );
}
