import type { ProgressEvent } from '../../notebook';
import type { NotebookRun } from '../record';
import type { Summary } from '../summary/summary';
import { liveLine, shortened } from './live-line';
import { PlainReporter } from './plain-reporter';
import { finishedLines, type Reporter } from './reporter';

interface State {
  since: number;
  lastSign: number;
  cell: string;
  progress: ProgressEvent | null;
}

/** For a terminal: a permanent line for every finished notebook, a live one for each running one. */
export class TerminalReporter implements Reporter {
  private readonly live = new Map<string, State>();
  private readonly plain: PlainReporter;
  private drawn = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(
    verbosity: 'normal' | 'verbose',
    private readonly terminal: NodeJS.WriteStream = process.stdout,
  ) {
    this.plain = new PlainReporter(
      verbosity,
      (line) => this.print(line),
      () => this.width,
    );
    this.timer = setInterval(() => this.draw(), 250);
    this.timer.unref();
  }

  begin(names: readonly string[]): void {
    this.plain.begin(names);
  }

  started(name: string, reason: string): void {
    const now = Date.now();
    this.live.set(name, {
      since: now,
      lastSign: now,
      cell: `starting (${reason})`,
      progress: null,
    });
    this.draw();
  }

  cell(name: string, cell: number, of: number): void {
    this.update(name, { cell: `cell ${cell}/${of}`, progress: null });
  }

  cellDone(name: string, run: Parameters<Reporter['cellDone']>[1]): void {
    this.plain.cellDone(name, run);
  }

  progress(name: string, event: ProgressEvent): void {
    this.update(name, { progress: event });
  }

  note(name: string, text: string): void {
    this.plain.note(name, text);
  }

  finished(name: string, run: NotebookRun, cached: boolean, reason: string): void {
    this.live.delete(name);
    const [first, ...rest] = finishedLines(name, run, cached, reason);
    for (const line of [shortened(first!, this.width), ...rest]) this.print(line);
  }

  interrupted(): void {
    this.plain.interrupted();
  }

  end(summary: Summary, files: readonly string[]): void {
    clearInterval(this.timer);
    this.live.clear();
    this.plain.end(summary, files);
  }

  /** The last column is left free: some terminals wrap there. */
  private get width(): number {
    return (this.terminal.columns || 80) - 1;
  }

  private update(name: string, change: Partial<State>): void {
    const live = this.live.get(name);
    if (live) Object.assign(live, change, { lastSign: Date.now() });
  }

  /** A permanent line above the live ones. */
  private print(line: string): void {
    this.erase();
    this.terminal.write(`${line}\n`);
    this.draw();
  }

  private erase(): void {
    // From the start of the line: the terminal may have shown `^C` there.
    if (this.drawn > 0) this.terminal.write(`\r\u001b[${this.drawn}A\u001b[0J`);
    this.drawn = 0;
  }

  private draw(): void {
    if (this.live.size === 0) {
      this.erase();
      return;
    }
    const now = Date.now();
    const lines = [...this.live].map(([name, { since, lastSign, cell, progress }]) => {
      const [seconds, silence] = [(now - since) / 1000, (now - lastSign) / 1000];
      return liveLine(name, { seconds, silence, cell, progress }, this.width);
    });
    this.erase();
    this.terminal.write(lines.map((line) => `${line}\n`).join(''));
    this.drawn = lines.length;
  }
}
