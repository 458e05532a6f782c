import { Dealer, Subscriber } from 'zeromq';
import { type Message, messageFrames, newHeader, readFrames } from '../wire';
import type { Connection } from './connection';

type Waiter = (reply: Message) => void;

/** The runner's end of a kernel's sockets: requests with their replies, and the broadcast channel. */
export class Channels {
  private readonly shell = new Dealer({ linger: 0, sendHighWaterMark: 0, receiveHighWaterMark: 0 });
  private readonly control = new Dealer({ linger: 0 });
  private readonly iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
  private readonly waiting = new Map<string, Waiter>();
  private sending: Promise<unknown> = Promise.resolve();
  private closed = false;

  /**
   * @param session the name the runner's requests carry
   * @param onBroadcast is called with every message of the broadcast channel, in order
   */
  constructor(
    private readonly connection: Connection,
    private readonly session: string,
    onBroadcast: (message: Message) => void,
  ) {
    this.shell.routingId = session;
    this.control.routingId = session;
    this.iopub.subscribe();
    this.shell.connect(connection.address('shell')!);
    this.control.connect(connection.address('control')!);
    this.iopub.connect(connection.address('iopub')!);
    void this.read(this.shell, (message) => this.settle(message));
    void this.read(this.control, (message) => this.settle(message));
    void this.read(this.iopub, onBroadcast);
  }

  /** Sends a request and returns its id at once; `onReply` is called with the reply. */
  send(
    channel: 'shell' | 'control',
    type: string,
    content: object,
    onReply?: (reply: Message) => void,
  ): string {
    const header = newHeader(type, this.session, 'gradbook');
    const message: Message = { header, parent_header: {}, metadata: {}, content };
    const id = header.msg_id;
    if (onReply) this.waiting.set(id, onReply);
    // A socket allows one send at a time.
    this.sending = this.sending.then(async () => {
      if (!this.closed) await this[channel].send(messageFrames(message, this.connection.info.key));
    });
    this.sending = this.sending.catch(() => undefined);
    return id;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.waiting.clear();
    for (const socket of [this.shell, this.control, this.iopub]) socket.close();
  }

  private settle(message: Message): void {
    const id = message.parent_header.msg_id ?? '';
    this.waiting.get(id)?.(message);
    this.waiting.delete(id);
  }

  /** Undefined for frames that are damaged or signed with another key: they are not the kernel's. */
  private messageIn(frames: readonly Buffer[]): Message | undefined {
    try {
      return readFrames(frames, this.connection.info.key);
    } catch {
      return undefined;
    }
  }

  private async read(socket: Dealer | Subscriber, take: (message: Message) => void): Promise<void> {
    try {
      for await (const frames of socket) {
        const message = this.messageIn(frames);
        if (message) take(message);
      }
    } catch (error) {
      // A closed socket ends its reader with an error.
      if (!this.closed) throw error;
    }
  }
}
