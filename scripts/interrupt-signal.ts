/**
 * Aborted by the first Ctrl-C (or SIGTERM); the second one ends the process and its kernels.
 *
 * @param tell called on the first one
 */
export function interruptSignal(
  tell: () => void = () =>
    process.stderr.write('\ninterrupted: ending the kernels, writing the finished results\n'),
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
