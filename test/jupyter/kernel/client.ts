import { type ChildProcess, spawn } from 'node:child_process';
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Dealer, Subscriber } from 'zeromq';
import type { Connection, Content, Origin } from '../../../lib/jupyter/kernel/messages';
import { encode } from '../../../lib/jupyter/kernel/wire';
import { readFrames } from '../../../lib/jupyter/wire';
import { inWorkspace } from '../../../lib/runtime';
import { temporaryFolder } from '../../temporary-folder';

/** One message from the kernel that belongs to a request. */
export interface Heard {
  type: string;
  content: Content;
}

/** A request's reply and everything that was published for it until then. */
export interface Answer {
  reply: Content;
  outputs: Heard[];
  /** What was printed. */
  text: string;
}

/**
 * Time limit of any wait in milliseconds: many times the usual duration, and far below the time
 * limit of a test file.
 */
const limit = 120_000;

/** Waits for some milliseconds, or until `done` holds. */
async function pause(milliseconds: number, done: () => boolean): Promise<void> {
  const until = performance.now() + milliseconds;
  while (!done() && performance.now() < until) await new Promise((next) => setTimeout(next, 10));
}

/** A separate kernel, driven over Jupyter's protocol through Unix sockets. */
export class Client {
  private readonly shell = new Dealer({ linger: 0 });
  private readonly control = new Dealer({ linger: 0 });
  private readonly stdin = new Dealer({ linger: 0 });
  private readonly iopub = new Subscriber({ linger: 0 });
  private readonly key = crypto.randomBytes(8).toString('hex');
  private readonly session = crypto.randomUUID();
  private readonly replies = new Map<string, (content: Content) => void>();
  private readonly published = new Map<string, Heard[]>();
  private readonly idle = new Map<string, () => void>();
  private readonly folder = temporaryFolder('gb-kernel');
  private unread = '';
  private readonly waits = new Set<(reason: string) => void>();
  /** Why waiting has ended: the kernel has ended, or a timeout. */
  private lost: string | null = null;
  /** Prompts that were answered; those of passwords in brackets. */
  readonly prompts: string[] = [];
  /** Lines for replies to `input_request`s; without one there is no reply. */
  readonly typed: string[] = [];
  process!: ChildProcess;

  /** Starts a kernel and waits until it replies. Its history is not stored by default. */
  static async start(variables: NodeJS.ProcessEnv = { GRADBOOK_HISTORY: 'off' }): Promise<Client> {
    const client = new Client();
    await client.open(variables);
    return client;
  }

  private async open(variables: NodeJS.ProcessEnv): Promise<void> {
    const connection: Connection & Record<string, unknown> = {
      transport: 'ipc',
      ip: path.join(this.folder, 'k'),
      key: this.key,
      signature_scheme: 'hmac-sha256',
      shell_port: 1,
      iopub_port: 2,
      control_port: 3,
      stdin_port: 4,
      hb_port: 5,
    };
    const file = path.join(this.folder, 'connection.json');
    fs.writeFileSync(file, JSON.stringify(connection));
    const env = { ...process.env, JPY_PARENT_PID: String(process.pid), ...variables };
    const start = inWorkspace('lib/jupyter/kernel/start.cjs');
    this.process = spawn(process.execPath, ['--no-force-async-hooks-checks', start, file], {
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    // Its last messages may still be in the sockets.
    this.process.once('exit', (code, signal) =>
      setTimeout(() => this.lose(`the kernel has ended: ${signal ?? code}`), 2000).unref(),
    );
    const address = (port: number) => `ipc://${connection.ip}-${port}`;
    this.iopub.connect(address(2));
    this.iopub.subscribe();
    // The kernel sends input requests to the identity of the request's sender.
    this.shell.routingId = this.session;
    this.stdin.routingId = this.session;
    this.control.connect(address(3));
    this.stdin.connect(address(4));
    void this.answerInput();
    this.shell.connect(address(1));
    void this.listen(this.shell);
    void this.listen(this.control);
    void this.listen(this.iopub);
    // Messages published before the subscription took effect are lost: the request is repeated
    // until one arrives.
    let heard = false;
    const questions = async () => {
      while (!heard && !this.lost) {
        void this.ask('kernel_info_request', {}).then(() => {
          heard = true;
        });
        await pause(500, () => heard);
      }
    };
    await this.within('the start of the kernel', questions());
  }

  /**
   * Waits for `event`: rejects when the kernel has ended or on timeout. Then all pending waits are
   * rejected, and later ones immediately.
   */
  private within<T>(what: string, event: Promise<T>): Promise<T> {
    const waited = new Promise<T>((resolve, reject) => {
      const fail = (reason: string) => reject(new Error(`waited for ${what}: ${reason}`));
      if (this.lost) fail(this.lost);
      const late = () => this.lose(`it did not come in ${limit / 1000} s`);
      const timer = setTimeout(late, limit).unref();
      const end = () => {
        clearTimeout(timer);
        this.waits.delete(fail);
      };
      this.waits.add(fail);
      event.then(resolve, reject).finally(end);
    });
    // A test may not be interested in a request's end.
    waited.catch(() => undefined);
    return waited;
  }

  private lose(reason: string): void {
    this.lost ??= reason;
    for (const fail of this.waits) fail(reason);
    this.waits.clear();
  }

  private async listen(socket: Dealer | Subscriber): Promise<void> {
    for await (const frames of socket) {
      const message = readFrames(frames as Buffer[], this.key);
      const at = (frames as Buffer[]).findIndex((frame) => frame.toString() === '<IDS|MSG>');
      const parent = JSON.parse((frames as Buffer[])[at + 3]!.toString()).msg_id as string;
      const type = message.header.msg_type;
      const { content } = message;
      if (socket !== this.iopub) this.replies.get(parent)?.(content);
      else if (type === 'status' && content['execution_state'] === 'idle')
        this.idle.get(parent)?.();
      else if (type !== 'status') this.heardFor(parent).push({ type, content });
      if (type === 'stream') this.unread += String(content['text']);
    }
  }

  private async answerInput(): Promise<void> {
    for await (const frames of this.stdin) {
      const { header, content } = readFrames(frames as Buffer[], this.key);
      if (header.msg_type !== 'input_request') throw new Error(header.msg_type);
      const prompt = String(content['prompt']);
      this.prompts.push(content['password'] ? `[${prompt}]` : prompt);
      const value = this.typed.shift();
      if (value === undefined) continue;
      await this.stdin.send(encode('input_reply', { value }, this.origin(), this.key, []));
    }
  }

  /** Sends a message that has no reply, such as `comm_msg`, and waits until it is handled. */
  async tell(type: string, content: Content): Promise<Heard[]> {
    const frames = encode(type, content, this.origin(), this.key, []);
    const id = JSON.parse(frames[2]!.toString()).msg_id as string;
    const idle = new Promise<void>((resolve) => this.idle.set(id, resolve));
    await this.shell.send(frames);
    await this.within(`the end of ${type}`, idle);
    return this.heardFor(id);
  }

  /** Waits until a running cell has printed the text, and clears it. */
  async printed(text: string): Promise<void> {
    const seen = () => this.unread.includes(text);
    const look = async () => {
      while (!seen() && !this.lost) await pause(10, seen);
    };
    await this.within(`the text "${text}" to be printed`, look());
    this.unread = '';
  }

  private heardFor(id: string): Heard[] {
    if (!this.published.has(id)) this.published.set(id, []);
    return this.published.get(id)!;
  }

  /** Sends a request and waits for its reply and for the kernel to be idle. */
  async ask(
    type: string,
    content: Content,
    socket: 'shell' | 'control' = 'shell',
  ): Promise<Answer> {
    const frames = encode(type, content, this.origin(), this.key, []);
    const id = JSON.parse(frames[2]!.toString()).msg_id as string;
    const reply = new Promise<Content>((resolve) => this.replies.set(id, resolve));
    const idle = new Promise<void>((resolve) => this.idle.set(id, resolve));
    await this[socket].send(frames);
    const what = type === 'execute_request' ? `cell ${JSON.stringify(content['code'])}` : type;
    const answer = await this.within(`the reply to ${what}`, reply);
    await this.within(`the end of ${what}`, idle);
    const outputs = this.heardFor(id);
    const text = outputs
      .filter((heard) => heard.type === 'stream')
      .map((heard) => String(heard.content['text']))
      .join('');
    return { reply: answer, outputs, text };
  }

  /** Runs a cell. */
  execute(code: string, more: Content = {}): Promise<Answer> {
    return this.ask('execute_request', { code, silent: false, stop_on_error: true, ...more });
  }

  private origin(): Origin {
    const header = { session: this.session, username: 'test' };
    return { channel: 'shell', identities: [], header } as unknown as Origin;
  }

  /** Ends the kernel and waits until its process is gone. */
  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.waits.clear();
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill('SIGKILL');
      await gone;
    }
    for (const socket of [this.shell, this.control, this.stdin, this.iopub]) socket.close();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
