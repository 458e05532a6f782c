import { type ChildProcess, spawn } from 'node:child_process';
import * as readline from 'node:readline';
import { inWorkspace } from '../../lib/runtime';
import type { Row } from './report';
import { variants } from './variants';

interface Turn {
  seconds: number;
  cpuSeconds: number;
  images: number;
  /** Memory held after the turn; tfjs only. */
  bytes?: number;
}

/** Options of a comparison on one network. */
export interface Comparison {
  network: string;
  variants: readonly string[];
  repeats: number;
  images: number;
  batch: number;
  /** `keras` and `torch`: a Python that has it. */
  pythons: Partial<Record<string, string>>;
}

/** The environment without this workspace's settings for TensorFlow: the other variants run with their own defaults. */
function asItComes(): NodeJS.ProcessEnv {
  const { TF_ENABLE_ONEDNN_OPTS: _, TF_DETERMINISTIC_OPS: __, ...rest } = process.env;
  return rest;
}

/** Timeout of one reply: a cold start of Keras on a busy machine. */
const patienceSeconds = 900;

/** A process that holds one network and runs it on command. */
class Worker {
  private readonly network: string;
  private readonly process: ChildProcess;
  private readonly lines: string[] = [];
  private ended = false;
  private wake = () => {};
  /** The end of its stderr. */
  private complaint = '';

  constructor(
    readonly variant: string,
    { network, images, batch, pythons }: Comparison,
  ) {
    const { runner, env } = variants[variant]!;
    const script = (name: string) => inWorkspace('scripts', 'bench', name);
    const [command, args] =
      runner === 'tfjs'
        ? [process.execPath, ['--import', 'tsx', script('worker.ts')]]
        : [pythons[runner]!, [script(`${runner}_worker.py`)]];
    const given = [network, variant, String(images), String(batch)];
    this.network = network;
    this.process = spawn(command, [...args, ...given], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...(runner === 'tfjs' ? process.env : asItComes()), ...env },
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
    // A worker that has ended is noticed while waiting for its reply.
    this.process.stdin!.on('error', () => {});
  }

  /** The next reply. */
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

/** Runs the variants alternately on one network. One that does not run here is printed and left out. */
export async function compare(comparison: Comparison): Promise<Row[]> {
  const { network, repeats } = comparison;
  const workers: Worker[] = [];
  try {
    for (const variant of comparison.variants) {
      const worker = new Worker(variant, comparison);
      try {
        await worker.answer();
        workers.push(worker);
      } catch (error) {
        worker.kill();
        console.log(`  ${variant} does not run: ${lastLine((error as Error).message)}`);
      }
    }
    const turns = workers.map(() => [] as Turn[]);
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (const [i, worker] of workers.entries()) {
        const turn = await worker.ask<Turn>('run');
        turns[i]!.push(turn);
        const rate = (turn.images / turn.seconds).toFixed(1);
        console.log(
          `  turn ${repeat + 1}/${repeats}  ${worker.variant.padEnd(20)} ${rate} images/s`,
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

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)!.slice(0, 200);
}
