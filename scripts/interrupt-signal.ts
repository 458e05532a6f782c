/**
 * Aborted by the first Ctrl-C (or a request to end); the second one ends the process, and its
 * kernels with it.
 *
 * @param tell says that the first one was heard
 */
export function interruptSignal(
  tell: () => void = () =>
    process.stderr.write('\ninterrupted: ending the kernels, writing what there is\n'),
): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    tell();
    controller.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
  return controller.signal;
}
