import type { ProgressEvent } from '../notebook/events';
import type { CellRun, NotebookRun } from './record';
import { duration, finishedLines, progressText, type Reporter } from './reporter';
import { resultTables } from './result-table';
import type { Summary } from './summary';

/** Plain lines, for logs and CI. */
export class PlainReporter implements Reporter {
  private readonly lastProgress = new Map<string, string>();

  constructor(
    private readonly verbosity: 'quiet' | 'normal' | 'verbose',
    private readonly write: (line: string) => void = console.log,
  ) {}

  begin(names: readonly string[]): void {
    this.say(`${names.length} notebook${names.length === 1 ? '' : 's'}: ${names.join(', ')}`);
  }

  started(name: string, reason: string): void {
    this.say(`${name}: runs, ${reason}`);
  }

  cell(name: string, cell: number, of: number): void {
    if (this.verbosity === 'verbose') this.write(`${name}: cell ${cell}/${of}`);
  }

  cellDone(name: string, run: CellRun): void {
    if (this.verbosity !== 'verbose') return;
    const memory = run.peakMemory === null ? '' : `, ${Math.round(run.peakMemory / 1e6)} MB`;
    const tensors = run.tensors === null ? '' : `, ${run.tensors} tensors`;
    this.write(
      `${name}: cell ${run.cell} ${run.status} in ${duration(run.seconds)}${memory}${tensors}`,
    );
  }

  progress(name: string, event: ProgressEvent): void {
    // One line a step of what counts in epochs; other progress shows when it ends.
    const counts = event.unit === 'epoch' || this.verbosity === 'verbose';
    if (!counts && event.state === 'running') return;
    const step = `${event.id} ${event.done} ${event.state}`;
    if (this.lastProgress.get(name) === step) return;
    this.lastProgress.set(name, step);
    this.say(`${name}: ${progressText(event)}`);
  }

  note(name: string, text: string): void {
    this.say(`${name}: ${text}`);
  }

  finished(name: string, run: NotebookRun, cached: boolean, reason: string): void {
    if (this.verbosity === 'quiet' && run.status === 'passed') return;
    for (const line of finishedLines(name, run, cached, reason)) this.write(line);
  }

  end(summary: Summary, files: readonly string[]): void {
    if (this.verbosity === 'quiet' && summary.status === 'passed') return;
    this.say(`\n${resultTables(summary)}\n`);
    for (const file of files) this.say(file);
    if (summary.missing.length > 0) {
      this.write(
        `missing: ${summary.missing.join(', ')}. Run the command again: it goes on from here.`,
      );
    }
    this.write(`${summary.status} in ${duration(summary.seconds)}`);
  }

  private say(line: string): void {
    if (this.verbosity !== 'quiet') this.write(line);
  }
}
