import { Worker } from 'node:worker_threads';

/** Parts of a file, three numbers each: place in the target, length and place in the file, in bytes. */
export type FileParts = Float64Array;

/**
 * What runs in the thread: JavaScript, since a thread has none of the loaders of its process. It answers
 * with the number of the first part that the file ends before, -1 where there is none.
 */
const source = `
const { parentPort } = require('node:worker_threads');
const fs = require('node:fs');
function read({ file, target, parts }) {
  const bytes = new Uint8Array(target);
  const handle = fs.openSync(file, 'r');
  try {
    for (let part = 0; part < parts.length; part += 3) {
      const [at, length, place] = parts.subarray(part, part + 3);
      for (let done = 0; done < length; ) {
        const count = fs.readSync(handle, bytes, at + done, length - done, place + done);
        if (count === 0) return part / 3;
        done += count;
      }
    }
    return -1;
  } finally {
    fs.closeSync(handle);
  }
}
parentPort.on('message', ({ id, ...task }) => {
  try {
    parentPort.postMessage({ id, ended: read(task) });
  } catch ({ code, message }) {
    parentPort.postMessage({ id, error: { code, message } });
  }
});
`;

interface Answer {
  id: number;
  ended?: number;
  error?: { code: string; message: string };
}

interface Waiting {
  resolve: (ended: number) => void;
  reject: (error: unknown) => void;
}

let thread: Worker | undefined;
let asked = 0;
const waiting = new Map<number, Waiting>();

/**
 * Reads parts of a file in a thread that goes on while this one computes. One message a batch: as
 * many requests of this thread as there are rows, alive during a step, make glibc's allocator leave a
 * hole the size of a batch behind at every step (versions before 2.38), up to gigabytes.
 *
 * @returns number of the first part that the file ends before, -1 where it has all
 * @throws an error with a `code`, as Node's `fs`
 */
export function readInThread(
  file: string,
  target: SharedArrayBuffer,
  parts: FileParts,
): Promise<number> {
  thread ??= startThread();
  const id = asked++;
  const answer = new Promise<number>((resolve, reject) => {
    waiting.set(id, { resolve, reject });
  });
  // The process waits for what it asked, and ends otherwise.
  thread.ref();
  thread.postMessage({ id, file, target, parts });
  return answer;
}

function startThread(): Worker {
  const started = new Worker(source, { eval: true, execArgv: [], name: 'gradbook rows' });
  started.on('message', ({ id, ended, error }: Answer) => {
    const { resolve, reject } = waiting.get(id)!;
    waiting.delete(id);
    if (waiting.size === 0) started.unref();
    if (error) reject(Object.assign(new Error(error.message), { code: error.code }));
    else resolve(ended!);
  });
  const lost = (error?: unknown) => {
    thread = undefined;
    for (const { reject } of waiting.values()) {
      reject(error instanceof Error ? error : new Error('the thread that reads rows ended'));
    }
    waiting.clear();
  };
  started.on('error', lost);
  started.on('exit', () => lost());
  return started;
}
