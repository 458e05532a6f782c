import type { Reply, Router, XPublisher } from 'zeromq';
import type { Connection } from './messages';

/** The five sockets of a kernel. */
export interface Sockets {
  shell: Router;
  control: Router;
  stdin: Router;
  iopub: XPublisher;
  heartbeat: Reply;
  /** Sends the frames after all earlier ones. */
  send(socket: Router | XPublisher, frames: Buffer[]): Promise<void>;
  /**
   * Admits the subscribers of `iopub` until it is closed: the first message that each of them
   * receives is `first` of its topic.
   */
  welcome(first: (topic: Buffer) => Buffer[]): Promise<void>;
  /** Resolves when ZeroMQ has accepted everything given to `send`. */
  sent(): Promise<void>;
  close(): void;
}

/** What zeromq.js protects: for an `XPublisher` it has no method that calls it. */
interface OptionSetter {
  setStringOption(option: number, value: Buffer): void;
}

/** ZeroMQ's options ZMQ_SUBSCRIBE and ZMQ_UNSUBSCRIBE. */
const subscribe = 6;
const unsubscribe = 7;

/** Binds the sockets that the connection file names; throws when one cannot be bound. */
export async function bindSockets(connection: Connection): Promise<Sockets> {
  const zmq = require('zeromq') as typeof import('zeromq');
  // Without a limit: at the default of 1,000 a burst of prints would drop messages, the one that
  // says that a cell is finished included.
  const options = { sendHighWaterMark: 0, linger: 1000 };
  const shell = new zmq.Router(options);
  const control = new zmq.Router(options);
  const stdin = new zmq.Router(options);
  const iopub = new zmq.XPublisher({ ...options, manual: true });
  const heartbeat = new zmq.Reply({ linger: 0 });
  const address = (port: number) => {
    const separator = connection.transport === 'ipc' ? '-' : ':';
    return `${connection.transport}://${connection.ip}${separator}${port}`;
  };
  const close = () => {
    for (const socket of [shell, control, stdin, iopub, heartbeat]) socket.close();
  };
  const bound = await Promise.allSettled([
    iopub.bind(address(connection.iopub_port)),
    shell.bind(address(connection.shell_port)),
    control.bind(address(connection.control_port)),
    stdin.bind(address(connection.stdin_port)),
    heartbeat.bind(address(connection.hb_port)),
  ]);
  for (const result of bound) {
    if (result.status === 'fulfilled') continue;
    // ZeroMQ aborts the process when a thread ends during an operation.
    close();
    throw new Error(`the kernel's sockets could not be bound: ${result.reason.message}`);
  }

  const queues = new Map<Router | XPublisher, Promise<void>>();
  // A socket sends one message at a time. A disconnected peer is not an error.
  const enqueue = (socket: Router | XPublisher, action: () => Promise<void>) => {
    const before = queues.get(socket) ?? Promise.resolve();
    const after = before.then(action).catch(() => {});
    queues.set(socket, after);
    return after;
  };
  return {
    shell,
    control,
    stdin,
    iopub,
    heartbeat,
    send: (socket, frames) => enqueue(socket, () => socket.send(frames)),
    async welcome(first) {
      // ZeroMQ would add a subscriber before this thread knows of it, and what is sent meanwhile
      // would precede the welcome. So it is added here. The option applies to the subscriber whose
      // request was read last, hence one at a time.
      const setter = iopub as unknown as OptionSetter;
      for await (const [request] of iopub) {
        const topic = request!.subarray(1);
        const subscribes = request![0] === 1;
        await enqueue(iopub, async () => {
          setter.setStringOption(subscribes ? subscribe : unsubscribe, topic);
          if (subscribes) await iopub.send(first(topic));
        });
      }
    },
    async sent() {
      await Promise.all(queues.values());
    },
    close,
  };
}
