const patience = 3000;

/** What happens when code calls `process.exit`. */
export interface ExitHandlers {
  /** Answers for the cell that did it. `call` is an error made where it was called. */
  answer(call: Error): void;
  /** Has the link send what is queued and close its sockets, then set the flag and wake who waits. */
  close(flag: SharedArrayBuffer): void;
}

/** An end of the process that a cell asked for. */
export class KernelExit extends Error {
  override name = 'KernelExit';
}

/**
 * Replaces `process.exit` for the code of cells: what ended the kernel is said, and the sockets are
 * closed, before the process ends. ZeroMQ would abort it otherwise.
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
