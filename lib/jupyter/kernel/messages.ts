import type { MessagePort } from 'node:worker_threads';
import type { Header } from '../wire';
import type { Descriptors } from './descriptors';
import type { InterruptMemory } from './interrupts';

// Messages between the two threads of the kernel. The link thread owns the sockets and implements
// Jupyter's protocol; the main thread runs the cells.

export type Content = Record<string, unknown>;

/** A request with its routing; outputs name the request that caused them. */
export interface Origin {
  channel: 'shell' | 'control' | 'stdin';
  /** Routing prefix of the ZeroMQ message. */
  identities: Uint8Array[];
  header: Header;
}

/** From the link to the main thread. */
export type ToMain =
  | { kind: 'request'; origin: Origin; content: Content }
  /** Sent when every request that arrived before the main thread's `fence` was forwarded. */
  | { kind: 'fence'; id: number }
  /** An interrupt, in order between the requests that arrived before and after it. */
  | { kind: 'interrupt'; ticket: number }
  /** The main thread did not handle an interrupt and its running code was terminated. */
  | { kind: 'terminated' }
  | { kind: 'shutdown' };

/** From the main thread to the link. */
export type ToLink =
  | {
      kind: 'send';
      /** `reply` goes to the request's channel, `stdin` to its sender. */
      socket: 'iopub' | 'reply' | 'stdin';
      type: string;
      origin: Origin;
      content: Content;
      metadata?: Content;
    }
  | {
      kind: 'print';
      name: 'stdout' | 'stderr';
      text: string;
      /** The cell that prints; absent when it is the one that printed last. */
      origin: Origin | undefined;
    }
  /** Read from the descriptors 1 and 2; of the cell that runs. */
  | { kind: 'native'; name: 'stdout' | 'stderr'; bytes: Uint8Array }
  | { kind: 'fence'; id: number }
  /** The process is about to end: the flag is set and notified when the sockets are closed. */
  | { kind: 'close'; flag: SharedArrayBuffer };

/** What the link thread is started with. */
export interface LinkOptions {
  connectionFile: string;
  /** Parent process; the kernel ends when it is gone. */
  parent: number;
  interrupts: InterruptMemory;
  input: InputLink;
  descriptors: Descriptors | null;
}

/** The link's side of input requests. */
export interface InputLink {
  port: MessagePort;
  /** One number: a value of `inputState`. */
  memory: SharedArrayBuffer;
}

/** What the user typed. */
export interface InputAnswer {
  value: string;
}

/** Jupyter's connection file. */
export interface Connection {
  transport: string;
  ip: string;
  key: string;
  shell_port: number;
  iopub_port: number;
  control_port: number;
  stdin_port: number;
  hb_port: number;
}
