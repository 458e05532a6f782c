import { type Debugger, Session } from 'node:inspector';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';

// When V8 terminates a callback, Node's stack of asynchronous contexts is inconsistent and Node
// aborts the process; it is cleared first. `process.binding` is deprecated but the only way on Node
// 20 and 22. Node 24 has no such binding; there a flag at the kernel's start does the same.
const clearContexts = `{
  const { noDeprecation } = process;
  process.noDeprecation = true;
  process.binding('async_wrap').clearAsyncIdStack();
  process.noDeprecation = noDeprecation;
}`;

/** Whether a progress bar is shown, as `isWorking` of `lib/notebook`. */
const isWorking = "(globalThis[Symbol.for('gradbook.progress')]?.size ?? 0) > 0";

/** The folder of the kernel's own code. Scripts are known by path or, compiled by tsx, by URL. */
const kernelFolder = `${__dirname}${path.sep}`;
const kernelUrl = pathToFileURL(kernelFolder).href;

/** What the main thread is doing. */
export interface Paused {
  /** Code of the kernel is on the stack. */
  kernel: boolean;
  /** Code of a cell is on the stack. */
  cell: boolean;
  /** Only Node's own code is on the stack, such as the delivery of a message. */
  between: boolean;
  /** A module is being loaded: terminated, it would stay partly loaded. */
  loading: boolean;
  /** A progress bar is shown. */
  working: boolean;
}

interface Termination {
  /** Whether to terminate the running code. The thread is paused until this returns. */
  judge(paused: Paused): boolean;
  /** Called when the main thread runs again, with the result of `judge`. */
  done(terminated: boolean): void;
}

/**
 * Pauses the main thread from another one and, if `judge` returns true, terminates the running
 * JavaScript up to the event loop: for a loop that neither yields nor polls for interrupts.
 * `finally` blocks do not run and the promise of an async function never settles.
 */
export function terminateMainThread({ judge, done }: Termination): void {
  const session = new Session();
  session.connectToMainThread();
  const urls = new Map<string, string>();
  session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url));
  // The frames' own `url` is empty in Node.
  const urlOf = ({ location }: Debugger.CallFrame) => urls.get(location.scriptId) ?? '';
  session.once('Debugger.paused', ({ params }) => {
    session.post('Runtime.evaluate', { expression: isWorking }, (_error, answer) => {
      const working = answer?.result?.value === true;
      const terminated = judge({ ...ownersOf(params.callFrames.map(urlOf)), working });
      if (terminated) {
        session.post('Runtime.evaluate', { expression: clearContexts });
        session.post('Runtime.terminateExecution');
      }
      session.post('Debugger.resume', () => {
        session.disconnect();
        done(terminated);
      });
    });
  });
  session.post('Debugger.enable');
  session.post('Debugger.pause');
}

/** Whose code is on a stack, by the URLs of its scripts. */
export function ownersOf(urls: readonly string[]): Omit<Paused, 'working'> {
  return {
    kernel: urls.some((url) => url.startsWith(kernelFolder) || url.startsWith(kernelUrl)),
    between: urls.every((url) => url === '' || url.startsWith('node:')),
    loading: urls.some((url) => url.startsWith('node:internal/modules/')),
    cell: urls.some((url) => /^cell \d+$/.test(url)),
  };
}
