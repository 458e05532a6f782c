import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import type { Connection } from './connection';

/** How a kernel's process ended. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

const alive = new Set<KernelProcess>();

process.on('exit', () => {
  for (const kernel of alive) kernel.signal('SIGKILL');
});

/**
 * A kernel's process, the leader of its own process group, so that Ctrl-C at the terminal does not
 * reach it directly and its child processes end with it.
 */
export class KernelProcess {
  /** Settled when the process has ended. Never rejects. */
  readonly ended: Promise<Exit>;
  exit: Exit | undefined;
  private readonly child: ChildProcess;

  /**
   * @param argv the command, with the connection file filled in
   * @param variables added to the runner's own environment
   */
  constructor(
    argv: readonly string[],
    connection: Connection,
    variables: Readonly<Record<string, string>>,
    cwd: string,
  ) {
    // To a file, not a pipe: an orphaned child could keep a pipe open.
    const log = fs.openSync(connection.log, 'a');
    try {
      this.child = spawn(argv[0]!, argv.slice(1), {
        cwd,
        detached: true,
        stdio: ['ignore', log, log],
        env: { ...process.env, ...variables, JPY_PARENT_PID: String(process.pid) },
      });
    } finally {
      fs.closeSync(log);
    }
    alive.add(this);
    // For the cleanup after a runner that was killed.
    if (this.child.pid) fs.writeFileSync(connection.pidFile, String(this.child.pid));
    this.ended = new Promise((resolve) => {
      const end = (exit: Exit) => {
        this.exit ??= exit;
        alive.delete(this);
        resolve(this.exit);
      };
      this.child.once('exit', (code, signal) => end({ code, signal }));
      this.child.once('error', (error) => {
        fs.appendFileSync(connection.log, `${error.message}\n`);
        end({ code: 127, signal: null });
      });
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Sends a signal to the whole process group. */
  signal(name: NodeJS.Signals): void {
    if (this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, name);
    } catch {
      // The group is gone.
    }
  }

  /** The kernel's own interrupt: to the process alone, as Jupyter does. */
  interrupt(): void {
    if (!this.exit) this.child.kill('SIGINT');
  }

  /** Waits for the process to end, then sends SIGTERM and then SIGKILL; returns when it is gone. */
  async stop(patience = 1500): Promise<Exit> {
    for (const name of ['SIGTERM', 'SIGKILL'] as const) {
      if (await this.endsWithin(patience)) break;
      this.signal(name);
    }
    const exit = await this.ended;
    // Children of the kernel outlive it otherwise.
    this.signal('SIGKILL');
    return exit;
  }

  private async endsWithin(milliseconds: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), milliseconds);
    });
    const ended = await Promise.race([this.ended.then(() => true), late]);
    clearTimeout(timer);
    return ended;
  }
}

/** As text, such as `killed by SIGKILL`. */
export function describeExit(exit: Exit): string {
  return exit.signal ? `killed by ${exit.signal}` : `ended with exit code ${exit.code}`;
}
