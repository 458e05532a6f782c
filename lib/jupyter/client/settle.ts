/** Milliseconds that what the last cell left behind may go on: forgotten promises, timers, handles. */
export const settleGrace = 1000;

/** Begins the line in which the kernel names what is left when the grace time is over. */
const mark = 'gradbook: still pending:';

/**
 * Code that waits in the kernel until nothing keeps Node's event loop alive that an idle kernel does
 * not have itself, at most `settleGrace`. What is left is printed by the names of
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

/** What is left, by the text that `settleCode` printed; null for any other text. */
export function pendingIn(text: string): string[] | null {
  const found = text.split('\n').find((line) => line.startsWith(mark));
  return found === undefined ? null : found.slice(mark.length).trim().split(', ');
}
