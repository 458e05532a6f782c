import { type Debugger, Session } from 'node:inspector';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';

// Node leaves its record of asynchronous contexts behind when V8 ends a callback by force, and
// aborts the process over it; it is cleared first. `process.binding` is deprecated and the only way on
// Node 20 and 22. Node 24 has no such binding; there the flag of the kernel's start does the same.
const clearContexts = `{
  const { noDeprecation } = process;
  process.noDeprecation = true;
  process.binding('async_wrap').clearAsyncIdStack();
  process.noDeprecation = noDeprecation;
}`;

/** Bars that are shown, as `isWorking` of `lib/notebook` knows them. */
const isWorking = "(globalThis[Symbol.for('gradbook.progress')]?.size ?? 0) > 0";

/** Where the kernel's own code lies. Scripts are known by path or, compiled by tsx, by URL. */
const kernelFolder = `${__dirname}${path.sep}`;
const kernelUrl = pathToFileURL(kernelFolder).href;

/** What the main thread is doing. */
export interface Paused {
  /** Code of the kernel is being run, or called what is. */
  kernel: boolean;
  /** Code of a cell is being run, or called what is. */
  cell: boolean;
  /** Nothing but Node's own code is being run, such as that which hands over a message. */
  between: boolean;
  /** A module is being loaded: torn off, it would stay half loaded for good. */
  loading: boolean;
  /** A progress bar is shown. */
  working: boolean;
}

interface Tear {
  /** Whether to end what it runs. The thread stands still until this returns. */
  judge(paused: Paused): boolean;
  /** Called when the main thread runs again, with what `judge` said. */
  done(torn: boolean): void;
}

/**
 * Stops the main thread, from another one, and ends the JavaScript that it is running, up to its
 * event loop, if `judge` says so: for a loop that neither yields nor asks whether it should stop.
 * `finally` blocks do not run and the promise of an async function never settles.
 */
export function tearMainThread({ judge, done }: Tear): void {
  const session = new Session();
  session.connectToMainThread();
  const urls = new Map<string, string>();
  session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url));
  // The frames' own `url` is empty in Node.
  const urlOf = ({ location }: Debugger.CallFrame) => urls.get(location.scriptId) ?? '';
  session.once('Debugger.paused', ({ params }) => {
    session.post('Runtime.evaluate', { expression: isWorking }, (_error, answer) => {
      const working = answer?.result?.value === true;
      const torn = judge({ ...ownersOf(params.callFrames.map(urlOf)), working });
      if (torn) {
        session.post('Runtime.evaluate', { expression: clearContexts });
        session.post('Runtime.terminateExecution');
      }
      session.post('Debugger.resume', () => {
        session.disconnect();
        done(torn);
      });
    });
  });
  session.post('Debugger.enable');
  session.post('Debugger.pause');
}

/** Whose code a stack is, by the URLs of its scripts. */
export function ownersOf(urls: readonly string[]): Omit<Paused, 'working'> {
  return {
    kernel: urls.some((url) => url.startsWith(kernelFolder) || url.startsWith(kernelUrl)),
    between: urls.every((url) => url === '' || url.startsWith('node:')),
    loading: urls.some((url) => url.startsWith('node:internal/modules/')),
    cell: urls.some((url) => /^cell \d+$/.test(url)),
  };
}
