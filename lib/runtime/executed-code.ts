import { sharedState } from './shared-state';

const state = sharedState('executed', () => ({ hash: undefined as string | undefined, asked: 0 }));

/** The notebook kernel says what has been executed so far, the running cell included. */
export function setExecutedCode(hash: string): void {
  state.hash = hash;
  state.asked = 0;
}

/**
 * A name for this point of a run: it follows from the code executed so far and from how often it was
 * asked for in the running cell, so that the same notebook run anew asks for the same names.
 *
 * @returns undefined outside of notebooks
 */
export function pointOfRun(): string | undefined {
  return state.hash && `${state.hash}-${state.asked++}`;
}
