import * as fs from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { kernelInfo } from './kernel-info';
import type { Connection, Content, LinkOptions, Origin, ToLink, ToMain } from './messages';
import { bindSockets, type Sockets } from './sockets';
import { tearMainThread } from './tear';
import { decode, encode } from './wire';

// The link thread. It answers at once what needs no cell (who are you, are you alive, stop, end),
// whatever the main thread is busy with, and passes the rest on.

/** Milliseconds: how long the main thread may take to hear of an interrupt or of its end. */
const patience = { interrupt: 5000, shutdown: 1000, parent: 1000 };

const main = parentPort!;

/** Runs the link until the kernel ends. */
export async function startLink(): Promise<void> {
  const options = workerData as LinkOptions;
  endWithParent(options.parent);
  const connection = JSON.parse(fs.readFileSync(options.connectionFile, 'utf8')) as Connection;
  const tell = (message: ToMain) => main.postMessage(message);
  const sockets = await bindSockets(connection);
  const { key } = connection;
  const publish = (type: string, content: Content, origin: Origin) => {
    const topic = Buffer.from(type);
    return sockets.send(sockets.iopub, encode(type, content, origin, key, [topic]));
  };
  const reply = (type: string, content: Content, origin: Origin) =>
    sockets.send(sockets[origin.channel], encode(type, content, origin, key, origin.identities));
  const interrupts = interrupter(options.interrupts, () => tell({ kind: 'torn' }));

  /** Answers what the link can answer; the rest goes to the main thread. */
  function handle(origin: Origin, content: Content): void {
    const type = origin.header.msg_type;
    const answers: Record<string, () => Content> = {
      kernel_info_request: kernelInfo,
      interrupt_request: () => {
        interrupts.interrupt();
        return { status: 'ok' };
      },
      shutdown_request: () => {
        void end(sockets, tell);
        return { status: 'ok', restart: content['restart'] === true };
      },
      comm_info_request: () => ({ status: 'ok', comms: {} }),
      history_request: () => ({ status: 'ok', history: [] }),
    };
    const answer = answers[type];
    if (!answer) {
      tell({ kind: 'request', origin, content });
      return;
    }
    publish('status', { execution_state: 'busy' }, origin);
    reply(type.replace(/_request$/, '_reply'), answer(), origin);
    publish('status', { execution_state: 'idle' }, origin);
  }

  async function listen(channel: 'shell' | 'control'): Promise<void> {
    for await (const frames of sockets[channel]) {
      try {
        const { identities, header, content } = decode(frames, key);
        handle({ channel, identities, header }, content);
      } catch (error) {
        // Not ours, or damaged: it cannot be answered. Jupyter's log gets to know.
        fs.writeSync(2, `kernel: ${(error as Error).message}\n`);
      }
    }
  }

  main.on('message', (message: ToLink) => {
    if (message.kind === 'fence') tell(message);
    else if (message.kind === 'heard') interrupts.heard();
    else if (message.socket === 'iopub') publish(message.type, message.content, message.origin);
    else reply(message.type, message.content, message.origin);
  });

  const nobody = { header: {}, identities: [], channel: 'shell' } as unknown as Origin;
  publish('status', { execution_state: 'starting' }, nobody);
  void listen('shell');
  void listen('control');
  for await (const frames of sockets.heartbeat) await sockets.heartbeat.send(frames);
}

/** Says goodbye, then ends the process; by force when the main thread is too busy to do it. */
async function end(sockets: Sockets, tell: (message: ToMain) => void): Promise<void> {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), patience.shutdown);
  // The reply and the status are queued in this very turn.
  await new Promise(setImmediate);
  await sockets.sent();
  sockets.close();
  tell({ kind: 'shutdown' });
}

/** Ends the kernel when whoever started it is gone, also in the middle of a cell. */
function endWithParent(parent: number): void {
  const started = process.ppid;
  const isGone = () => {
    if (process.ppid !== started) return true;
    try {
      process.kill(parent, 0);
      return false;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ESRCH';
    }
  };
  setInterval(() => {
    if (isGone()) process.kill(process.pid, 'SIGKILL');
  }, patience.parent);
}

/**
 * Interrupts the main thread in three steps: a shared counter that loops can poll, the signal that
 * ends synchronous code and wakes the event loop, and, for a loop that neither yields nor polls,
 * V8's own emergency stop. A second request does not wait.
 */
function interrupter(counter: Int32Array, torn: () => void) {
  let timer: NodeJS.Timeout | undefined;
  function tear(): void {
    timer = undefined;
    tearMainThread(torn);
  }
  return {
    interrupt() {
      Atomics.add(counter, 0, 1);
      if (timer) {
        clearTimeout(timer);
        tear();
        return;
      }
      timer = setTimeout(tear, patience.interrupt);
      process.kill(process.pid, 'SIGINT');
    },
    heard() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
