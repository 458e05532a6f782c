/** Milliseconds that pending work of the last cell may continue: promises without await, timers, handles. */
export const settleGrace = 1000;

/** Prefix of the line in which the kernel lists what is still pending after the grace time. */
const mark = 'gradbook: still pending:';

/**
 * Code that waits in the kernel, at most `settleGrace`, until Node's event loop has no more active
 * resources than that of an idle kernel. The rest is printed by the names of
 * `process.getActiveResourcesInfo`, such as `Timeout`. An expression: it declares nothing.
 */
export const settleCode = `await new globalThis.Promise<void>((done) => {
  const own = ['FSReqCallback', 'MessagePort', 'TTYWrap', 'PipeWrap'];
  const node: any = globalThis;
  const end = node.Date.now() + ${settleGrace};
  // In a promise's turn: inside of its callback a timer still counts as pending.
  const wait = () => void node.setTimeout(() => void node.Promise.resolve().then(look), 20);
  const look = () => {
    const left = node.process.getActiveResourcesInfo().filter((name: string) => !own.includes(name));
    if (left.length > 0 && node.Date.now() < end) return wait();
    if (left.length > 0) node.console.log('${mark} ' + left.join(', '));
    done();
  };
  wait();
});`;

/** Parses the text that `settleCode` printed; null for any other text. */
export function pendingIn(text: string): string[] | null {
  const found = text.split('\n').find((line) => line.startsWith(mark));
  return found === undefined ? null : found.slice(mark.length).trim().split(', ');
}
