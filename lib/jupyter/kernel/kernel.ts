import * as fs from 'node:fs';
import * as path from 'node:path';
import { Worker } from 'node:worker_threads';
import { type CommType, commInfo, receiveComm, setCommSender, setInput } from '../../notebook';
import { environment, interrupt, setEngineDefaults, usedPrecisions } from '../../runtime';
import { Compiler } from './compiler';
import { takeDescriptors } from './descriptors';
import { complete, inspect, isComplete } from './editor';
import { Executor } from './executor';
import { announceExit } from './exit';
import { History } from './history';
import { Input } from './input';
import { Interrupts } from './interrupts';
import type { Content, LinkOptions, Origin, ToLink, ToMain } from './messages';
import { watchLoading } from './modules';
import { NativeOutput } from './native-output';
import { Output } from './output';
import { CellQueue, type CellRequest } from './queue';
import { replaceStandardInput } from './stdin';

/** What `startKernel` needs. */
export interface KernelOptions {
  /** The file that starts the link thread. */
  entry: string;
  /** Jupyter's connection file. */
  connectionFile: string;
  /** Parent process; the kernel ends when it is gone. */
  parent: number;
}

/** Starts the kernel: the link thread first, so that it replies while TypeScript is being loaded. */
export function startKernel({ entry, connectionFile, parent }: KernelOptions): void {
  // Must run first: see descriptors.ts.
  const descriptors = takeDescriptors();
  // Before any cell runs: a cell may load TensorFlow without `lib`.
  setEngineDefaults();
  const interrupts = new Interrupts();
  interrupts.share();
  const output: Output = new Output({
    publish: (type, content, origin) => publish(type, content, origin),
    print: (name, text, origin) => post({ kind: 'print', name, text, origin }),
  });
  const input: Input = new Input(
    () => output.cell(),
    (cell, prompt, password) => {
      send('stdin')('input_request', { prompt, password }, cell.origin);
    },
  );
  const workerData: LinkOptions = {
    ...{ connectionFile, parent },
    ...{ interrupts: interrupts.memory, input: input.link, descriptors },
  };
  const link: Worker = new Worker(entry, { workerData, transferList: [input.link.port] });
  link.on('error', (error) => {
    fs.writeSync(descriptors?.log ?? 2, `kernel: ${error.stack}\n`);
    process.exit(1);
  });
  const native =
    descriptors &&
    new NativeOutput(descriptors, (name, bytes) =>
      link.postMessage({ kind: 'native', name, bytes }),
    );
  native?.watchWrites();
  const post = (message: ToLink): void => {
    native?.collectBefore();
    link.postMessage(message);
  };
  const send =
    (socket: 'iopub' | 'reply' | 'stdin') =>
    (type: string, content: Content, origin: Origin, metadata: Content = {}) =>
      post({ kind: 'send', socket, type, content, origin, metadata });
  const publish = send('iopub');
  const reply = send('reply');

  watchLoading();
  const early: ToMain[] = [];
  let handle = (message: ToMain): void => void early.push(message);
  link.on('message', (message: ToMain) => handle(message));
  setImmediate(() => {
    handle = serve({ output, input, publish, reply, post, interrupts });
    output.capture();
    replaceStandardInput(input);
    setInput((prompt, password) => input.ask(prompt, password));
    for (const message of early.splice(0)) handle(message);
  });
}

/** Milliseconds without a cell after which the kernel preloads `lib`'s types. */
const idle = 300;

interface Service {
  output: Output;
  input: Input;
  publish: (type: string, content: Content, origin: Origin, metadata?: Content) => void;
  reply: (type: string, content: Content, origin: Origin) => void;
  post: (message: ToLink) => void;
  interrupts: Interrupts;
}

/** Loads the compiler and returns what handles the link's messages. */
function serve(service: Service): (message: ToMain) => void {
  const { output, input, publish, reply, post, interrupts } = service;
  const compiler = new Compiler();
  const executor = new Executor(compiler, output, interrupts);
  const { history: keepsHistory, cacheDir } = environment();
  const history = new History(keepsHistory ? path.join(cacheDir, 'history') : null);
  const fences = new Map<number, () => void>();
  let fence = 0;
  let count = 0;

  /** Jupyter sends a message; a manual signal is handled when the running code yields. */
  function onSignal(): void {
    interrupt();
    input.cancel();
    executor.interrupt();
  }
  process.on('SIGINT', onSignal);

  function onStray(error: unknown): void {
    const stray = executor.fail(error);
    if (!stray) return;
    publish('error', { ...stray.failure }, stray.cell.origin);
  }
  process.on('uncaughtException', onStray);
  process.on('unhandledRejection', onStray);
  // A cell that removes all listeners must not hide errors from the kernel.
  process.on('removeListener' as never, (event: NodeJS.Signals, listener: () => void) => {
    const own = [onSignal, onStray] as readonly unknown[];
    if (own.includes(listener)) process.on(event, listener);
  });

  const exit = announceExit({
    answer(call) {
      const left = executor.leave(call);
      if (!left) return;
      const { failure, cell, isRunning } = left;
      publish('error', { ...failure }, cell.origin);
      if (!isRunning) return;
      const answer = { status: 'error', ...failure, execution_count: count };
      reply('execute_reply', answer, cell.origin);
      status('idle', cell.origin);
    },
    close: (flag) => post({ kind: 'close', flag }),
  });

  const status = (execution_state: 'busy' | 'idle', origin: Origin) =>
    publish('status', { execution_state }, origin);

  /** Resolves when every request that the link had read is in the queue. */
  function arrived(): Promise<void> {
    return new Promise((resolve) => {
      fences.set(++fence, resolve);
      post({ kind: 'fence', id: fence });
    });
  }

  async function runCell({ origin, content }: CellRequest): Promise<boolean> {
    const code = String(content['code'] ?? '');
    const silent = content['silent'] === true;
    const isStored = !silent && content['store_history'] !== false;
    if (isStored) count++;
    // As in IPython: a cell that is not stored is not counted and has the next number.
    const number = isStored ? count : count + 1;
    status('busy', origin);
    if (!silent) publish('execute_input', { code, execution_count: number }, origin);
    if (isStored) history.begin(number, code);
    const asked = (content['user_expressions'] ?? {}) as Content;
    const outcome = await executor.execute(
      code,
      { origin, number, silent, allowStdin: content['allow_stdin'] === true },
      asked,
    );
    const { failure, interrupted, expressions, result } = outcome;
    if (isStored && result !== null) history.end(result);
    const stop = interrupted || (failure !== null && content['stop_on_error'] !== false);
    // Before the reply: requests sent after the reply must see it.
    if (stop) await arrived();
    if (failure) publish('error', { ...failure }, origin);
    const answer = failure
      ? { status: 'error', ...failure }
      : { status: 'ok', user_expressions: expressions, payload: [] };
    reply('execute_reply', { ...answer, execution_count: number, ...accounts() }, origin);
    status('idle', origin);
    return stop;
  }

  const queue = new CellQueue({
    run: runCell,
    abort({ origin }) {
      status('busy', origin);
      reply('execute_reply', { status: 'aborted', execution_count: count }, origin);
      status('idle', origin);
    },
  });

  const answers: Record<string, (content: Content) => Content> = {
    comm_info_request: ({ target_name }) => ({
      status: 'ok',
      comms: commInfo(target_name ? String(target_name) : undefined),
    }),
    history_request: (content) => history.answer(content),
    complete_request: (content) => complete(compiler, content),
    inspect_request: (content) => inspect(compiler, content),
    is_complete_request: (content) => isComplete(compiler, content),
  };

  /** An unsupported message: replied to, so that the sender does not wait. */
  function refuse(origin: Origin): void {
    const type = origin.header.msg_type;
    if (!type.endsWith('_request')) return;
    status('busy', origin);
    const evalue = `this kernel does not support ${type}`;
    const refusal = { ename: 'NotSupported', evalue, traceback: [evalue] };
    reply(type.replace(/_request$/, '_reply'), { status: 'error', ...refusal }, origin);
    status('idle', origin);
  }

  let comms = Promise.resolve();
  setCommSender((type, content, metadata) => {
    const origin = handling ?? output.cell()?.origin ?? nobody;
    publish(type, content, origin, metadata);
  });
  let handling: Origin | null = null;

  /** One at a time; the front end sends the next change when this one has been handled. */
  function queueComm(type: CommType, origin: Origin, content: Content): void {
    comms = comms.then(async () => {
      status('busy', origin);
      handling = origin;
      try {
        await receiveComm(type, content);
      } catch (error) {
        const cell = output.cell();
        const failure = executor.describe(error);
        publish('error', { ...failure }, cell?.origin ?? origin);
      }
      handling = null;
      status('idle', origin);
    });
  }

  function answer(origin: Origin, content: Content): void {
    const type = origin.header.msg_type;
    const known = answers[type];
    if (!known) {
      refuse(origin);
      return;
    }
    status('busy', origin);
    let result: Content = { status: 'error' };
    try {
      result = known(content);
    } catch (error) {
      // Incomplete code can crash the compiler; no completion then.
      result = { status: 'error', ename: 'Error', evalue: String(error), traceback: [] };
    }
    reply(type.replace(/_request$/, '_reply'), result, origin);
    status('idle', origin);
  }

  setTimeout(() => {
    if (count === 0) compiler.warmUp();
  }, idle);

  return (message) => {
    if (message.kind === 'terminated') executor.terminated();
    else if (message.kind === 'interrupt') {
      if (!interrupts.hear(message.ticket, executor.isRunning)) return;
      input.cancel();
      executor.interrupt();
    } else if (message.kind === 'shutdown') exit(0);
    else if (message.kind === 'fence') {
      fences.get(message.id)?.();
      fences.delete(message.id);
    } else if (message.origin.header.msg_type === 'execute_request') queue.add(message);
    else if (isComm(message.origin.header.msg_type)) {
      queueComm(message.origin.header.msg_type, message.origin, message.content);
    } else answer(message.origin, message.content);
  };
}

/** Not caused by a request. */
const nobody = { header: {}, identities: [], channel: 'shell' } as unknown as Origin;

const isComm = (type: string): type is CommType => /^comm_(open|msg|close)$/.test(type);

/** Number of tensors in use, for the runner; absent while tfjs is not loaded. */
function accounts(): Content {
  const { _tfengine } = globalThis as unknown as {
    _tfengine?: { state: { numTensors: number; numBytes: number } };
  };
  if (!_tfengine) return {};
  const { numTensors, numBytes } = _tfengine.state;
  const precision = [...usedPrecisions()];
  return { gradbook: { tensors: numTensors, bytes: numBytes, precision } };
}
