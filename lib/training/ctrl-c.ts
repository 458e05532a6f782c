import { interrupt } from '../runtime';
import { breathe } from './batches';

/**
 * Turns the first Ctrl-C into an interrupt that training ends cleanly on; a second one ends the
 * process as ever. Does nothing where somebody else listens already, as the notebook kernel does:
 * a second listener would make the kernel's own interrupt kill it.
 *
 * @returns a function that puts everything back
 */
export async function listenForCtrlC(): Promise<() => void> {
  // While the synchronous part of a notebook cell runs, Node hides the kernel's listener.
  await breathe();
  if (process.listenerCount('SIGINT') > 0) return () => {};
  const listener = () => interrupt();
  process.once('SIGINT', listener);
  return () => process.off('SIGINT', listener);
}
