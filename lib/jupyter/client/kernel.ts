import * as crypto from 'node:crypto';
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { GradbookError, root } from '../../runtime';
import type { Message } from '../wire';
import { Channels } from './channels';
import { Connection } from './connection';
import { describeExit, type Exit, KernelProcess } from './kernel-process';
import { type KernelSpec, kernelVariables } from './kernel-spec';
import { pendingIn, settleCode, settleGrace } from './settle';

export interface KernelOptions {
  /** Seconds until a start times out and is retried. Default 120. */
  startTimeout?: number;
  /** Number of attempts to start. Default 3. */
  attempts?: number;
  /** Environment variables for the kernel, beside the runner's own. */
  variables?: Readonly<Record<string, string>>;
  /** Ends the start early. */
  signal?: AbortSignal;
  /** Called for every failed start that is retried. */
  onRetry?: (reason: string) => void;
}

/** A request to execute code. */
export interface Execution {
  id: string;
  /** The reply; rejects with `kernel-died` when the process ends before. */
  reply: Promise<Message>;
}

/**
 * A running kernel. Emits `broadcast` with every message of its broadcast channel and `died` when
 * its process ends unexpectedly.
 */
export class Kernel extends EventEmitter {
  private stopping = false;

  private constructor(
    readonly spec: KernelSpec,
    private readonly process: KernelProcess,
    private readonly connection: Connection,
    private readonly channels: Channels,
  ) {
    super();
    this.setMaxListeners(0);
    void process.ended.then(async (exit) => {
      // Its last messages may still be in the socket.
      await sleep(200);
      if (!this.stopping) this.emit('died', exit);
    });
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  /**
   * Starts a kernel and returns it when it replies to requests and its broadcasts arrive.
   *
   * @throws GradbookError `kernel-start` when it does not after all attempts
   */
  static async start(spec: KernelSpec, options: KernelOptions = {}): Promise<Kernel> {
    const attempts = options.attempts ?? 3;
    let reason = '';
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const started = await Kernel.tryStart(spec, options);
      if (started instanceof Kernel) return started;
      reason = started;
      if (options.signal?.aborted) break;
      if (attempt < attempts) options.onRetry?.(reason);
    }
    throw new GradbookError(
      `kernel "${spec.name}" did not start: ${reason}. Try \`npm run doctor\`.`,
      'kernel-start',
    );
  }

  private static async tryStart(
    spec: KernelSpec,
    options: KernelOptions,
  ): Promise<Kernel | string> {
    const connection = new Connection(spec.name);
    const argv = spec.argv.map((part) => part.replace('{connection_file}', connection.file));
    // Its cells are not a user's input for the history.
    const variables = { ...kernelVariables(spec), GRADBOOK_HISTORY: 'off', ...options.variables };
    const child = new KernelProcess(argv, connection, variables, root);
    const seconds = options.startTimeout ?? 120;
    const deadline = Date.now() + seconds * 1000;
    const waits = () => !child.exit && !options.signal?.aborted && Date.now() < deadline;
    const listening = () =>
      (['shell', 'iopub', 'control'] as const).every((channel) => connection.address(channel));

    while (waits() && !listening()) await sleep(20);
    let kernel: Kernel | undefined;
    if (waits()) {
      const channels = new Channels(connection, crypto.randomUUID(), (message) =>
        kernel?.emit('broadcast', message),
      );
      kernel = new Kernel(spec, child, connection, channels);
      // A subscription takes effect some time after connecting, and what is broadcast before is
      // lost. So the request is repeated until both the reply and its broadcast have arrived.
      while (waits()) if (await kernel.answers(500)) return kernel;
      kernel.stopping = true;
      channels.close();
    }
    child.signal('SIGKILL');
    const exit = await child.ended;
    const log = connection.logTail();
    connection.remove();
    if (options.signal?.aborted) return 'it was interrupted';
    const what = Date.now() >= deadline ? `no reply in ${seconds} s` : describeExit(exit);
    return log ? `${what}. It printed:\n${log}\n` : what;
  }

  /** Sends a kernel_info_request; returns whether reply and broadcast came in time. */
  answers(milliseconds: number): Promise<boolean> {
    return new Promise((resolve) => {
      let replied = false;
      let idle = false;
      const finish = (answer: boolean) => {
        clearTimeout(timer);
        this.off('broadcast', watch);
        resolve(answer);
      };
      const check = () => {
        if (replied && idle) finish(true);
      };
      const watch = (message: Message) => {
        if (message.parent_header.msg_id !== id) return;
        if (message.content.execution_state === 'idle') idle = true;
        check();
      };
      const timer = setTimeout(() => finish(false), milliseconds);
      this.on('broadcast', watch);
      const id = this.channels.send('shell', 'kernel_info_request', {}, () => {
        replied = true;
        check();
      });
    });
  }

  /** Sends code for execution. */
  execute(code: string): Execution {
    let settle: (message: Message) => void = () => {};
    let fail: (error: Error) => void = () => {};
    const reply = new Promise<Message>((resolve, reject) => {
      settle = resolve;
      fail = reject;
    });
    const died = (exit: Exit) => fail(this.diedError(exit));
    if (this.process.exit) died(this.process.exit);
    this.once('died', died);
    const content = {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: true,
    };
    const id = this.channels.send('shell', 'execute_request', content, (message) => {
      this.off('died', died);
      settle(message);
    });
    this.nudgeUntilHeard(id, reply);
    return { id, reply };
  }

  /**
   * ZeroMQ notifies a process once for many messages, and a socket's reader may miss a message that
   * arrives during a send until the next one arrives. So a kernel_info_request is sent from time to
   * time until there is a reply to the request.
   */
  private nudgeUntilHeard(id: string, reply: Promise<Message>): void {
    const timer = setInterval(() => this.channels.send('shell', 'kernel_info_request', {}), 5000);
    const heard = (message: Message) => {
      if (message.parent_header.msg_id === id) stop();
    };
    const stop = () => {
      clearInterval(timer);
      this.off('broadcast', heard);
    };
    this.on('broadcast', heard);
    reply.then(stop, stop);
  }

  /**
   * Gives pending promises and timers of the cells up to `settleGrace`, and resolves when the
   * kernel is idle and all its messages have arrived.
   *
   * @param patience milliseconds to wait for the kernel's reply
   * @returns names of what is still pending; null when the kernel did not reply
   * @throws GradbookError `kernel-died` when its process ends meanwhile
   */
  async settle(signal: AbortSignal, patience = 20_000): Promise<string[] | null> {
    let pending: string[] = [];
    const listen = ({ parent_header, content }: Message) => {
      if (parent_header.msg_id === id) pending = pendingIn(String(content.text ?? '')) ?? pending;
    };
    const { id, reply } = this.execute(settleCode);
    this.on('broadcast', listen);
    const timer = new AbortController();
    const given = AbortSignal.any([signal, timer.signal]);
    const late = sleep(patience, null, { signal: given, ref: false }).catch(() => null);
    try {
      const answer = await Promise.race([reply, late]);
      // Another kernel may not understand the code: it gets the same time.
      if (answer && answer.content.status !== 'ok') {
        await Promise.race([sleep(settleGrace, null, { ref: false }), late]);
      }
      // What was sent before the reply may arrive after it.
      await this.answers(1000);
      return answer && pending;
    } finally {
      timer.abort();
      reply.catch(() => undefined);
      this.off('broadcast', listen);
    }
  }

  /** Interrupts the running cell. */
  interrupt(): void {
    if (this.spec.interruptMode === 'signal') this.process.interrupt();
    else this.channels.send('control', 'interrupt_request', {});
  }

  /** Ends the kernel: by shutdown_request, then SIGTERM, then SIGKILL. Returns when it is gone. */
  async stop(patience = 1500): Promise<void> {
    if (!this.stopping) {
      this.stopping = true;
      if (!this.process.exit && patience > 0) {
        this.channels.send('control', 'shutdown_request', { restart: false });
      }
    }
    await this.process.stop(patience);
    this.channels.close();
    this.connection.remove();
  }

  /** What the process printed outside its cells. */
  logTail(): string {
    return this.connection.logTail();
  }

  private diedError(exit: Exit): GradbookError {
    const log = this.logTail();
    return new GradbookError(
      `the kernel died: ${describeExit(exit)}${log ? `. It printed:\n${log}` : ''}`,
      'kernel-died',
    );
  }
}
