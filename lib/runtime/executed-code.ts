import { sharedState } from './shared-state';

const state = sharedState('executed', () => ({ hash: undefined as string | undefined, asked: 0 }));

/** Set by the notebook kernel: a hash of the code executed so far, the running cell included. */
export function setExecutedCode(hash: string): void {
  state.hash = hash;
  state.asked = 0;
}

/**
 * An id of this point of a run, made from the code executed so far and the number of calls in the
 * running cell, so that a new run of the same notebook gives the same ids.
 *
 * @returns undefined outside of notebooks
 */
export function pointOfRun(): string | undefined {
  return state.hash && `${state.hash}-${state.asked++}`;
}
