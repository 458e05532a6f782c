import { type ChildProcess, spawn } from 'node:child_process';
import * as readline from 'node:readline';
import { inWorkspace } from '../../lib/runtime';
import type { Row } from './report';

export type Variant = 'stock' | 'ours' | 'keras' | 'keras-onednn';

interface Turn {
  seconds: number;
  cpuSeconds: number;
  images: number;
  /** Memory held after the turn; tfjs only. */
  bytes?: number;
}

/** Longest wait for one answer: a cold start of Keras on a busy machine. */
const patienceSeconds = 900;

/** A process that holds one network and works when told to. */
class Worker {
  private readonly process: ChildProcess;
  private readonly lines: string[] = [];
  private ended = false;
  private wake = () => {};
  /** The end of what it said on stderr. */
  private complaint = '';

  constructor(
    readonly network: string,
    readonly variant: Variant,
    python: string | undefined,
  ) {
    const folder = ['scripts', 'bench'];
    const [command, args] = variant.startsWith('keras')
      ? [python!, [inWorkspace(...folder, 'keras_worker.py'), network]]
      : [
          process.execPath,
          ['--import', 'tsx', inWorkspace(...folder, 'worker.ts'), network, variant],
        ];
    const oneDnn = variant === 'keras-onednn' ? { TF_ENABLE_ONEDNN_OPTS: '1' } : {};
    this.process = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...oneDnn },
    });
    this.process.stderr!.on('data', (text: Buffer) => {
      this.complaint = (this.complaint + text).slice(-2000);
    });
    readline.createInterface({ input: this.process.stdout! }).on('line', (line) => {
      this.lines.push(line);
      this.wake();
    });
    this.process.on('close', () => {
      this.ended = true;
      this.wake();
    });
    // A worker that has ended is noticed when its answer is waited for.
    this.process.stdin!.on('error', () => {});
  }

  /** The next answer. */
  async answer<T>(): Promise<T> {
    const timer = setTimeout(() => this.kill(), patienceSeconds * 1000);
    while (this.lines.length === 0 && !this.ended) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    clearTimeout(timer);
    const value = this.lines.shift();
    if (value === undefined) {
      throw new Error(`${this.variant} ended early on ${this.network}\n${this.complaint}`);
    }
    return JSON.parse(value) as T;
  }

  ask<T>(command: 'run' | 'end'): Promise<T> {
    this.process.stdin!.write(`${command}\n`);
    return this.answer<T>();
  }

  kill(): void {
    this.process.kill('SIGKILL');
  }
}

/** Lets the variants take turns on one network. */
export async function compare(
  network: string,
  variants: Variant[],
  repeats: number,
  python: string | undefined,
): Promise<Row[]> {
  const workers: Worker[] = [];
  try {
    for (const variant of variants) {
      const worker = new Worker(network, variant, python);
      workers.push(worker);
      await worker.answer();
    }
    const turns = workers.map(() => [] as Turn[]);
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (const [i, worker] of workers.entries()) {
        const turn = await worker.ask<Turn>('run');
        turns[i]!.push(turn);
        const rate = (turn.images / turn.seconds).toFixed(1);
        console.log(
          `  turn ${repeat + 1}/${repeats}  ${worker.variant.padEnd(12)} ${rate} images/s`,
        );
      }
    }
    const rows: Row[] = [];
    for (const [i, worker] of workers.entries()) {
      const end = await worker.ask<{ peakBytes: number; tensorsLeft?: number }>('end');
      rows.push({ network, variant: worker.variant, turns: turns[i]!, ...end });
    }
    return rows;
  } finally {
    for (const worker of workers) worker.kill();
  }
}
