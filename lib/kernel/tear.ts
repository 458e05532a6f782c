import { Session } from 'node:inspector';

// Node leaves its record of asynchronous contexts behind when V8 ends a callback by force, and
// aborts the process over it; it is cleared first. `process.binding` is deprecated and the only way.
const clearContexts = `{
  const { noDeprecation } = process;
  process.noDeprecation = true;
  process.binding('async_wrap').clearAsyncIdStack();
  process.noDeprecation = noDeprecation;
}`;

/**
 * Ends, from another thread, the JavaScript that the main thread is running, up to its event loop:
 * for a loop that neither yields nor asks whether it should stop. `finally` blocks do not run and
 * the promise of an async function never settles.
 *
 * @param done called when it has ended
 */
export function tearMainThread(done: () => void): void {
  const session = new Session();
  session.connectToMainThread();
  session.once('Debugger.paused', () => {
    session.post('Runtime.evaluate', { expression: clearContexts });
    session.post('Runtime.terminateExecution');
    session.post('Debugger.resume', () => {
      session.disconnect();
      done();
    });
  });
  session.post('Debugger.enable');
  session.post('Debugger.pause');
}
