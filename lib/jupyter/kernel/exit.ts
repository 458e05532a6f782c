const patience = 3000;

/** What happens when code calls `process.exit`. */
export interface ExitHandlers {
  /** Fails the cell that called it. `call` is an error created at the call. */
  answer(call: Error): void;
  /** Makes the link send what is queued and close its sockets, then set the flag and notify. */
  close(flag: SharedArrayBuffer): void;
}

/** An exit of the process called by a cell. */
export class KernelExit extends Error {
  override name = 'KernelExit';
}

/**
 * Replaces `process.exit` for the code of cells: the call is reported and the sockets are closed
 * before the process ends. ZeroMQ would abort it otherwise.
 *
 * @returns the original, for the kernel itself
 */
export function announceExit({ answer, close }: ExitHandlers): (code?: number) => never {
  const exit = process.exit.bind(process) as (code?: number | string | null) => never;
  function announced(code?: number | string | null): never {
    const call = new KernelExit(`the cell ended the kernel by process.exit(${code ?? ''})`);
    // A handler of `exit` may call it again.
    process.exit = exit;
    answer(call);
    const flag = new SharedArrayBuffer(4);
    close(flag);
    Atomics.wait(new Int32Array(flag), 0, 0, patience);
    return exit(code);
  }
  process.exit = announced;
  return exit;
}
