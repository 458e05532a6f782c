import type { Reply, Router, XPublisher } from 'zeromq';
import type { Connection } from './messages';

/** The five sockets of a kernel. */
export interface Sockets {
  shell: Router;
  control: Router;
  stdin: Router;
  /** Called on each subscription. */
  iopub: XPublisher;
  heartbeat: Reply;
  /** Sends the frames after all earlier ones. */
  send(socket: Router | XPublisher, frames: Buffer[]): Promise<void>;
  /** Resolves when ZeroMQ has accepted everything given to `send`. */
  sent(): Promise<void>;
  close(): void;
}

/** Binds the sockets that the connection file names; throws when one cannot be bound. */
export async function bindSockets(connection: Connection): Promise<Sockets> {
  const zmq = require('zeromq') as typeof import('zeromq');
  // Without a limit: at the default of 1,000 a burst of prints would drop messages, the one that
  // says that a cell is finished included.
  const options = { sendHighWaterMark: 0, linger: 1000 };
  const shell = new zmq.Router(options);
  const control = new zmq.Router(options);
  const stdin = new zmq.Router(options);
  const iopub = new zmq.XPublisher({ ...options, verbosity: 'allSubs' });
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
  return {
    shell,
    control,
    stdin,
    iopub,
    heartbeat,
    send(socket, frames) {
      // A socket sends one message at a time. A disconnected peer is not an error.
      const before = queues.get(socket) ?? Promise.resolve();
      const after = before.then(() => socket.send(frames)).catch(() => {});
      queues.set(socket, after);
      return after;
    },
    async sent() {
      await Promise.all(queues.values());
    },
    close,
  };
}
