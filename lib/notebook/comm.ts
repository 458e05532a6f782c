import { AsyncResource } from 'node:async_hooks';
import * as crypto from 'node:crypto';
import { sharedState } from '../runtime';

// Comms: Jupyter's channels between code in a kernel and code in the front end.
// https://jupyter-client.readthedocs.io/en/stable/messaging.html#custom-messages

/** Any JSON object. */
export type CommData = Record<string, unknown>;

/** Messages of a comm. */
export type CommType = 'comm_open' | 'comm_msg' | 'comm_close';

/** Sends a comm's messages to the front end; the notebook kernel sets one. */
export type CommSender = (type: CommType, content: CommData, metadata: CommData) => void;

/** Called for a comm that the front end opens. */
export type CommTarget = (comm: Comm, data: CommData) => void;

const state = sharedState('comms', () => ({
  send: null as CommSender | null,
  comms: new Map<string, Comm>(),
  targets: new Map<string, CommTarget>(),
}));

/** A channel to the front end. Output of its handlers belongs to the cell that created it. */
export class Comm {
  /** Called with each message of the front end; the front end waits for a promise to settle. */
  onMessage: (data: CommData) => unknown = () => {};
  /** Called when the front end closes the comm. */
  onClose: () => unknown = () => {};
  private readonly context = new AsyncResource('Comm');

  constructor(
    readonly target: string,
    readonly id: string = crypto.randomUUID(),
  ) {
    state.comms.set(id, this);
  }

  /** Sends a message; does nothing without a front end. */
  send(data: CommData): void {
    state.send?.('comm_msg', { comm_id: this.id, data }, {});
  }

  /** Closes the comm in the front end as well. */
  close(data: CommData = {}): void {
    if (state.comms.delete(this.id)) {
      state.send?.('comm_close', { comm_id: this.id, data }, {});
    }
  }

  /** Handles a message of the front end. */
  receive(type: 'comm_msg' | 'comm_close', data: CommData): unknown {
    const handle = type === 'comm_msg' ? this.onMessage : this.onClose;
    return this.context.runInAsyncScope(handle, this, data);
  }
}

/**
 * Opens a comm to a target registered in the front end.
 *
 * @param metadata of the message, such as the version of a protocol
 */
export function openComm(target: string, data: CommData = {}, metadata: CommData = {}): Comm {
  const comm = new Comm(target);
  state.send?.('comm_open', { comm_id: comm.id, target_name: target, data }, metadata);
  return comm;
}

/** Lets the front end open comms of this name. */
export function registerCommTarget(target: string, open: CommTarget): void {
  state.targets.set(target, open);
}

/** Sets the function that sends comm messages. Called by the kernel and by tests. */
export function setCommSender(send: CommSender | null): void {
  state.send = send;
}

/** Whether there is a front end that comms could reach. */
export function hasComms(): boolean {
  return state.send !== null;
}

/** Handles a comm message of the front end; resolves when its handler has. Called by the kernel. */
export async function receiveComm(type: CommType, content: CommData): Promise<void> {
  const id = String(content['comm_id'] ?? '');
  const data = (content['data'] ?? {}) as CommData;
  if (type === 'comm_open') {
    const target = String(content['target_name'] ?? '');
    const open = state.targets.get(target);
    const comm = new Comm(target, id);
    // Unknown target: closed again, as the protocol requires.
    if (!open) comm.close();
    else open(comm, data);
    return;
  }
  const comm = state.comms.get(id);
  if (type === 'comm_close') state.comms.delete(id);
  await comm?.receive(type, data);
}

/** The open comms by id, all or those of one target, as `comm_info_reply` names them. */
export function commInfo(target?: string): Record<string, { target_name: string }> {
  const open = [...state.comms.values()].filter((comm) => !target || comm.target === target);
  return Object.fromEntries(open.map((comm) => [comm.id, { target_name: comm.target }]));
}
