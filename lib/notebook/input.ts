import { GradbookError, sharedState } from '../runtime';

/** Asks the user for a line; the notebook kernel sets one. */
export type Ask = (prompt: string, password: boolean) => Promise<string>;

const state = sharedState('notebook-input', () => ({ ask: null as Ask | null }));

/** Sets how `input` asks; null restores the terminal. Called by the kernel. */
export function setInput(ask: Ask | null): void {
  state.ask = ask;
}

/**
 * Asks for a line of text, as Python's `input`: in a field below the cell in JupyterLab, at the
 * terminal in a script.
 *
 * @param prompt the question
 * @param options `password: true` hides what is typed
 * @returns the line, without its end
 * @throws GradbookError `no-input` where input is not available, as in `npm run report`
 */
export async function input(
  prompt = '',
  { password = false }: { password?: boolean } = {},
): Promise<string> {
  if (state.ask) return state.ask(prompt, password);
  if (!process.stdin.isTTY) {
    throw new GradbookError(
      `input(${JSON.stringify(prompt)}): there is no terminal; give the value in the code or as a parameter`,
      'no-input',
    );
  }
  const { createInterface } =
    require('node:readline/promises') as typeof import('node:readline/promises');
  const asked = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await asked.question(prompt);
  } finally {
    asked.close();
  }
}
