import type { ProgressEvent } from '../../notebook';
import type { CellRun, NotebookRun } from '../record';
import { resultTables } from '../summary/result-table';
import type { Summary } from '../summary/summary';
import { duration, finishedLines, progressText, type Reporter } from './reporter';

/** Milliseconds between two progress lines of a notebook; of work without epochs. */
const pause = 3000;
const longPause = 60_000;

/** Plain lines, for logs and CI. */
export class PlainReporter implements Reporter {
  private readonly lastProgress = new Map<string, { step: string; time: number }>();

  constructor(
    private readonly verbosity: 'quiet' | 'normal' | 'verbose',
    private readonly write: (line: string) => void = console.log,
    /** Width of the tables at the end; unlimited in a log. */
    private readonly width = () => Number.POSITIVE_INFINITY,
  ) {}

  begin(names: readonly string[]): void {
    this.say(`${names.length} notebook${names.length === 1 ? '' : 's'}: ${names.join(', ')}`);
  }

  started(name: string, reason: string): void {
    this.lastProgress.set(name, { step: '', time: Date.now() - pause });
    this.say(`${name}: runs, ${reason}`);
  }

  cell(name: string, cell: number, of: number): void {
    if (this.verbosity === 'verbose') this.write(`${name}: cell ${cell}/${of}`);
  }

  cellDone(name: string, run: CellRun): void {
    if (this.verbosity !== 'verbose') return;
    const memory = run.peakMemory === null ? '' : `, ${Math.round(run.peakMemory / 1e6)} MB`;
    const tensors =
      run.tensors === null ? '' : `, ${run.tensors} tensor${run.tensors === 1 ? '' : 's'}`;
    this.write(
      `${name}: cell ${run.cell} ${run.status} in ${duration(run.seconds)}${memory}${tensors}`,
    );
  }

  progress(name: string, event: ProgressEvent): void {
    // One line per epoch, with a limited rate; other work is shown each minute and when it ends.
    const epoch = event.unit === 'epoch' ? event.done : event.fields['epoch'];
    const running = event.state === 'running';
    const often = epoch !== undefined || this.verbosity === 'verbose';
    const step = `${event.id} ${epoch ?? event.done} ${event.state}`;
    const last = this.lastProgress.get(name) ?? { step: '', time: 0 };
    const wait = often ? pause : longPause;
    if (last.step === step || (running && Date.now() - last.time < wait)) return;
    this.lastProgress.set(name, { step, time: Date.now() });
    this.say(`${name}: ${progressText(event)}`);
  }

  note(name: string, text: string): void {
    this.say(`${name}: ${text}`);
  }

  finished(name: string, run: NotebookRun, cached: boolean, reason: string): void {
    if (this.verbosity === 'quiet' && run.status === 'passed') return;
    for (const line of finishedLines(name, run, cached, reason)) this.write(line);
  }

  interrupted(): void {
    this.write('interrupted: ending the kernels, writing results; Ctrl-C again ends at once');
  }

  end(summary: Summary, files: readonly string[]): void {
    if (this.verbosity === 'quiet' && summary.status === 'passed') return;
    this.say(`\n${resultTables(summary, this.width())}\n`);
    for (const file of files) this.say(file);
    if (summary.missing.length > 0) {
      this.write(
        `missing: ${summary.missing.join(', ')}. Run the command again: it continues from here.`,
      );
    }
    this.write(`${summary.status} in ${duration(summary.seconds)}`);
  }

  private say(line: string): void {
    if (this.verbosity !== 'quiet') this.write(line);
  }
}
