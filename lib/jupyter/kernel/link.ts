import * as fs from 'node:fs';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { readFrames } from '../wire';
import type { Descriptors } from './descriptors';
import { inputState } from './input';
import { InterruptSender } from './interrupts';
import { kernelInfo } from './kernel-info';
import type { Connection, Content, LinkOptions, Origin, ToLink, ToMain } from './messages';
import { NativeOutput } from './native-output';
import { Prints } from './prints';
import { bindSockets, type Sockets } from './sockets';
import { Stopper } from './stopper';
import { encode } from './wire';

// The link thread. It replies at once to requests that need no cell (kernel info, heartbeat,
// interrupt, shutdown), even while the main thread is busy, and forwards the rest.

/**
 * Milliseconds: time for the main thread to end, interval of checks of the parent process, and
 * interval of reads of the descriptors.
 */
const patience = { shutdown: 1000, parent: 1000, native: 20 };

const main = parentPort!;

/** Runs the link until the kernel ends. */
export async function startLink(): Promise<void> {
  const options = workerData as LinkOptions;
  endWithParent(options.parent);
  const connection = JSON.parse(fs.readFileSync(options.connectionFile, 'utf8')) as Connection;
  const tell = (message: ToMain) => main.postMessage(message);
  const sockets = await bindSockets(connection);
  const { key } = connection;
  const publish = (type: string, content: Content, origin: Origin, metadata: Content = {}) => {
    const topic = Buffer.from(type);
    return sockets.send(sockets.iopub, encode(type, content, origin, key, [topic], metadata));
  };
  const prints = new Prints((type, content, origin) => void publish(type, content, origin));
  const reply = (type: string, content: Content, origin: Origin) =>
    sockets.send(sockets[origin.channel], encode(type, content, origin, key, origin.identities));
  const input = new Int32Array(options.input.memory);
  const wake = (state: number) => {
    Atomics.store(input, 0, state);
    Atomics.notify(input, 0);
  };
  const stopper = new Stopper(
    new InterruptSender(options.interrupts),
    (ticket) => tell({ kind: 'interrupt', ticket }),
    () => tell({ kind: 'terminated' }),
  );

  /** Replies to what the link can handle; forwards the rest to the main thread. */
  function handle(origin: Origin, content: Content): void {
    const type = origin.header.msg_type;
    const answers: Record<string, () => Content> = {
      kernel_info_request: kernelInfo,
      interrupt_request: () => {
        stopper.interrupt();
        wake(inputState.interrupted);
        return { status: 'ok' };
      },
      shutdown_request: () => {
        prints.flush();
        void end(sockets, tell);
        return { status: 'ok', restart: content['restart'] === true };
      },
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

  async function listen(channel: 'shell' | 'control' | 'stdin'): Promise<void> {
    for await (const frames of sockets[channel]) {
      try {
        const { identities, header, content } = readFrames(frames, key);
        if (header.msg_type === 'input_reply') {
          options.input.port.postMessage({ value: String(content['value'] ?? '') });
          wake(inputState.answered);
        } else handle({ channel, identities, header }, content);
      } catch (error) {
        // Damaged or with a wrong signature: it cannot be replied to, only logged.
        fs.writeSync(options.descriptors?.log ?? 2, `kernel: ${(error as Error).message}\n`);
      }
    }
  }

  function receive(message: ToLink): void {
    if (message.kind === 'print') {
      prints.add(message.name, message.text, message.origin ?? null);
      return;
    }
    if (message.kind === 'native') {
      prints.addNative(message.name, message.bytes);
      // Copied to the kernel's own standard error.
      const log = options.descriptors?.log ?? null;
      if (message.name === 'stderr' && log !== null) fs.writeSync(log, message.bytes);
      return;
    }
    if (message.kind === 'send' && message.type === 'execute_input') prints.cell = message.origin;
    // What was printed before.
    prints.flush();
    if (message.kind === 'fence') void drained().then(() => tell(message));
    else if (message.kind === 'close') void close(sockets, message.flag);
    else if (message.socket === 'iopub') {
      publish(message.type, message.content, message.origin, message.metadata);
    } else if (message.socket === 'stdin') {
      reply(message.type, message.content, { ...message.origin, channel: 'stdin' });
    } else reply(message.type, message.content, message.origin);
  }
  main.on('message', receive);
  if (options.descriptors) watch(options.descriptors, receive);

  void sockets.welcome((topic) =>
    encode('iopub_welcome', { subscription: topic.toString() }, null, key, [topic]),
  );
  void listen('shell');
  void listen('control');
  void listen('stdin');
  for await (const frames of sockets.heartbeat) await sockets.heartbeat.send(frames);
}

/**
 * Reads the descriptors 1 and 2 while the main thread is busy. What the main thread has sent so far
 * comes first.
 */
function watch(descriptors: Descriptors, receive: (message: ToLink) => void): void {
  const native = new NativeOutput(descriptors, (name, bytes) =>
    receive({ kind: 'native', name, bytes }),
  );
  setInterval(() => {
    native.collect(() => {
      let sent = receiveMessageOnPort(main);
      for (; sent; sent = receiveMessageOnPort(main)) receive(sent.message as ToLink);
    });
  }, patience.native);
}

/** Sends what is queued, closes the sockets and notifies the main thread, which then exits. */
async function close(sockets: Sockets, flag: SharedArrayBuffer): Promise<void> {
  await sockets.sent();
  sockets.close();
  const view = new Int32Array(flag);
  Atomics.store(view, 0, 1);
  Atomics.notify(view, 0);
}

/** Sends the shutdown reply, then ends the process; by SIGKILL when the main thread is too busy. */
async function end(sockets: Sockets, tell: (message: ToMain) => void): Promise<void> {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), patience.shutdown);
  // The reply and the status are queued in this very turn.
  await new Promise(setImmediate);
  await sockets.sent();
  sockets.close();
  tell({ kind: 'shutdown' });
}

/** Ends the kernel when its parent process is gone, also in the middle of a cell. */
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

/** Resolves when what had reached the sockets has been read. */
async function drained(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
}
