import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Notebook, readNotebook, writeNotebook } from '../../jupyter';
import { environment, inWorkspace, writeFileAtomic } from '../../runtime';
import type { NotebookRun } from '../record';
import { type CacheKey, differences, sha256 } from './cache-key';

/** A cached successful run. */
interface Entry {
  /** Version of the entry's format; other versions are ignored. */
  version: 2;
  key: CacheKey;
  run: NotebookRun;
  /** The files of the models it saved, with size and time. */
  made: Record<string, string>;
}

export type Lookup =
  | { hit: true; run: NotebookRun; notebook: Notebook; reason: string }
  | { hit: false; reason: string };

/** Number of parameter sets cached per notebook. */
const kept = 12;

/**
 * The last successful run of every notebook with each set of parameters: its record and the
 * executed notebook. Several runners may share the folder.
 */
export class RunCache {
  /** @param folder default `.cache/run` of the workspace */
  constructor(readonly folder = inWorkspace('.cache/run')) {}

  /** The run with the same key, or why there is none. */
  find(name: string, key: CacheKey): Lookup {
    const base = this.base(name, key.parameters);
    let entry: Entry;
    let notebook: Notebook;
    try {
      entry = JSON.parse(fs.readFileSync(`${base}.json`, 'utf8'));
      notebook = readNotebook(`${base}.ipynb`);
    } catch {
      const before = fs.existsSync(path.dirname(base));
      const reason = before
        ? 'never passed with these parameters'
        : 'there is no earlier successful run';
      return { hit: false, reason };
    }
    if (entry.version !== 2) return { hit: false, reason: 'the runner changed' };
    const reasons = differences(entry.key, key);
    for (const [file, state] of Object.entries(entry.made)) {
      const now = fileState(file);
      // Another run, such as one with another profile, may have overwritten the model.
      if (now !== state)
        reasons.push(`${path.basename(file)} ${now ? 'was replaced' : 'is missing'}`);
    }
    if (reasons.length > 0) return { hit: false, reason: reasons.join(', ') };
    const when = entry.run.startedAt.slice(0, 16).replace('T', ' ');
    return { hit: true, run: entry.run, notebook, reason: `nothing changed since ${when}` };
  }

  /** Duration of the last successful run with these parameters, even if it is no longer valid. */
  secondsOf(name: string, parameters: Record<string, unknown>): number | undefined {
    try {
      const file = `${this.base(name, parameters)}.json`;
      return (JSON.parse(fs.readFileSync(file, 'utf8')) as Entry).run.seconds;
    } catch {
      return undefined;
    }
  }

  /**
   * Caches a successful run.
   *
   * @param makes names of the models that it saved
   */
  keep(key: CacheKey, run: NotebookRun, notebook: Notebook, makes: readonly string[] = []): void {
    const { name } = run;
    const base = this.base(name, key.parameters);
    // The notebook first: a record without its notebook would be useless.
    writeNotebook(`${base}.ipynb`, notebook);
    const files = makes.map((model) => path.join(environment().modelsDir, model, 'model.json'));
    const made = Object.fromEntries(files.map((file) => [file, fileState(file)]));
    const entry: Entry = { version: 2, key, run, made };
    writeFileAtomic(`${base}.json`, JSON.stringify(entry));
    this.forgetOldest(path.dirname(base));
  }

  private base(name: string, parameters: Record<string, unknown>): string {
    return path.join(this.folder, name, sha256(JSON.stringify(parameters)).slice(0, 16));
  }

  private forgetOldest(folder: string): void {
    const records = fs
      .readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .map((file) => ({ file, age: fs.statSync(path.join(folder, file)).mtimeMs }))
      .sort((a, b) => b.age - a.age);
    for (const { file } of records.slice(kept)) {
      for (const ending of ['.json', '.ipynb']) {
        fs.rmSync(path.join(folder, file.replace(/\.json$/, ending)), { force: true });
      }
    }
  }
}

/** Size and time of a file; empty when it is missing. */
function fileState(file: string): string {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.size} ${stat.mtimeMs}` : '';
}

/**
 * The current notebook with the outputs of its cached execution: the code is the same, the Markdown
 * may have changed.
 */
export function withKeptOutputs(notebook: Notebook, executed: Notebook): Notebook {
  const code = executed.cells.filter((cell) => cell.cell_type === 'code');
  let next = 0;
  const cells = notebook.cells.map((cell) => {
    if (cell.cell_type !== 'code') return cell;
    const { outputs = [], execution_count = null } = code[next++] ?? {};
    return { ...cell, outputs, execution_count };
  });
  return { ...notebook, cells };
}
