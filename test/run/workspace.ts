import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Notebook } from '../../lib/jupyter/files/notebook';
import { RunCache } from '../../lib/run/cache/run-cache';
import { parseOptions, type ReportOptions } from '../../lib/run/plan/options';
import { report } from '../../lib/run/report';
import { jsonReporter } from '../../lib/run/reporters/json-reporter';
import type { Summary } from '../../lib/run/summary/summary';
import { temporaryFolder } from '../temporary-folder';
import { fakeSpec } from './fake';
import { folderOf, notebookOf, type TestCell } from './notebooks';

/** A home folder in which the kernel "fake" is installed. */
export function homeWithFakeKernel(): string {
  const home = temporaryFolder();
  const folder = path.join(home, '.local/share/jupyter/kernels/fake');
  fs.mkdirSync(folder, { recursive: true });
  const { argv, language } = fakeSpec();
  const spec = { argv, language, display_name: 'Fake', interrupt_mode: 'message' };
  fs.writeFileSync(path.join(folder, 'kernel.json'), JSON.stringify(spec));
  return home;
}

/** A notebook for the fake kernel; `wishes` go into its metadata. */
export function fakeNotebook(cells: readonly TestCell[], wishes: object = {}): Notebook {
  return notebookOf(cells, { kernelspec: { name: 'fake' }, gradbook: wishes });
}

export interface TestEvent {
  event: string;
  // biome-ignore lint/suspicious/noExplicitAny: the fields depend on the event
  [field: string]: any;
}

/** Notebooks, reports and cache in a temporary folder, with the fake kernel. */
export class TestWorkspace {
  readonly folder: string;
  readonly out: string;
  readonly cache: RunCache;
  readonly events: TestEvent[] = [];

  constructor(notebooks: Record<string, Notebook | string>) {
    process.env['HOME'] = homeWithFakeKernel();
    this.folder = folderOf(notebooks);
    this.out = path.join(this.folder, 'reports');
    this.cache = new RunCache(path.join(this.folder, 'cache'));
  }

  /** `npm run report` with these arguments, without HTML. */
  async report(
    args = '',
    signal = new AbortController().signal,
    wishes: Partial<ReportOptions> = {},
  ): Promise<Summary> {
    this.events.length = 0;
    const words = args.split(' ').filter(Boolean);
    const place = ['--folder', this.folder, '--out', this.out, '--no-html'];
    const options = parseOptions([...place, ...words], 1);
    const reporter = jsonReporter((line) => this.events.push(JSON.parse(line)));
    return report({ ...options, ...wishes }, reporter, signal, this.cache);
  }

  /** The reason of each notebook that ran. */
  reasons(): Record<string, string> {
    const started = this.events.filter(({ event }) => event === 'started');
    return Object.fromEntries(started.map(({ notebook, reason }) => [notebook, reason]));
  }

  read(file: string): string {
    return fs.readFileSync(path.join(this.out, file), 'utf8');
  }

  write(name: string, notebook: Notebook): void {
    fs.writeFileSync(path.join(this.folder, `${name}.ipynb`), JSON.stringify(notebook));
  }
}
