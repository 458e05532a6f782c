/**
 * Aborted by the first Ctrl-C (or a request to end); the second one ends the process, and its
 * kernels with it.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    process.stderr.write('\ninterrupted: ending the kernels, writing what there is\n');
    controller.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
  return controller.signal;
}
