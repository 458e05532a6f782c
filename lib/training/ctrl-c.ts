import { interrupt } from '../runtime';
import { breathe } from './batches';

/**
 * Turns the first Ctrl-C into an interrupt that ends training cleanly; a second one ends the
 * process as usual. Does nothing where another listener exists, as in the notebook kernel: with a
 * second listener the kernel's own interrupt would kill it.
 *
 * @returns a function that removes the listener
 */
export async function listenForCtrlC(): Promise<() => void> {
  // While the synchronous part of a notebook cell runs, Node hides the kernel's listener.
  await breathe();
  if (process.listenerCount('SIGINT') > 0) return () => {};
  const listener = () => interrupt();
  process.once('SIGINT', listener);
  return () => process.off('SIGINT', listener);
}
