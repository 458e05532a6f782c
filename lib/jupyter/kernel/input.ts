import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { GradbookError } from '../../runtime';
import type { InputAnswer, InputLink } from './messages';
import type { CellRun } from './output';

/** State of an input request that a blocked main thread waits for. */
export const inputState = { waiting: 0, answered: 1, interrupted: 2 };

interface Asking {
  resolve(value: string): void;
  reject(error: Error): void;
}

export function noInput(): GradbookError {
  return new GradbookError(
    'standard input is not available in a cell here: give the value in the code, as a parameter of ' +
      'the notebook, or in a file',
    'no-input',
  );
}

/** Asks the user for a line, by an `input_request` to the front end that executes the running cell. */
export class Input {
  /** What the link thread is started with. */
  readonly link: InputLink;
  private readonly port: MessagePort;
  private readonly state: Int32Array;
  private readonly asking: Asking[] = [];

  /**
   * @param cell the cell that requests input
   * @param request sends an `input_request`
   */
  constructor(
    private readonly cell: () => CellRun | null,
    private readonly request: (cell: CellRun, prompt: string, password: boolean) => void,
  ) {
    const { port1, port2 } = new MessageChannel();
    const memory = new SharedArrayBuffer(4);
    this.state = new Int32Array(memory);
    this.port = port1;
    this.link = { port: port2, memory };
    port1.on('message', ({ value }: InputAnswer) => this.asking.shift()?.resolve(value));
    port1.unref();
  }

  /** Whether the running cell may request input; not in a headless run. */
  get isAllowed(): boolean {
    return this.cell()?.allowStdin ?? false;
  }

  /** A line, without its end; other work continues meanwhile. Rejects immediately where input is not allowed. */
  async ask(prompt = '', password = false): Promise<string> {
    const cell = this.cell();
    if (!cell?.allowStdin) throw noInput();
    const answer = new Promise<string>((resolve, reject) => this.asking.push({ resolve, reject }));
    if (this.asking.length === 1) this.request(cell, prompt, password);
    // One request at a time, in order.
    else this.asking.at(-2)!.resolve = this.following(this.asking.at(-2)!, cell, prompt, password);
    return answer;
  }

  /** A line, without its end; the thread blocks until it arrives. */
  askNow(prompt = ''): string {
    const cell = this.cell();
    if (!cell?.allowStdin) throw noInput();
    Atomics.store(this.state, 0, inputState.waiting);
    this.request(cell, prompt, false);
    Atomics.wait(this.state, 0, inputState.waiting);
    const message = receiveMessageOnPort(this.port) as { message: InputAnswer } | undefined;
    if (Atomics.load(this.state, 0) === inputState.answered && message)
      return message.message.value;
    throw interrupted();
  }

  /** The request is cancelled: the cell was interrupted. */
  cancel(): void {
    for (const { reject } of this.asking.splice(0)) reject(interrupted());
  }

  private following(before: Asking, cell: CellRun, prompt: string, password: boolean) {
    const { resolve } = before;
    return (value: string) => {
      resolve(value);
      this.request(cell, prompt, password);
    };
  }
}

function interrupted(): Error {
  return Object.assign(new Error('the cell was interrupted while it waited for input'), {
    name: 'Interrupted',
  });
}
