import * as fs from 'node:fs';
import * as path from 'node:path';
import { notebookName, readNotebook } from '../../../jupyter';
import { environment, inWorkspace } from '../../../runtime';
import type { NotebookSummary, Summary } from '../../summary/summary';

/** Networks that notebooks save, and what became of them. */
export interface SavedNetworks {
  wanted: { name: string; notebook: string; fresh: boolean }[];
  missing: { name: string; notebook: string; reason: string }[];
}

/** Names given to `saveModel` in the code of a notebook. */
function savedBy(file: string): string[] {
  const code = readNotebook(file).cells.flatMap(({ cell_type, source }) =>
    cell_type === 'code' ? [source].flat().join('') : [],
  );
  const calls = code.join('\n').matchAll(/\bsaveModel\(\s*(['"`])([\w.-]+)\1/g);
  return [...new Set([...calls].map(([, , name]) => name!))];
}

/** Whether any of these notebooks of the workspace saves a network. */
export function saveNetworks(names: readonly string[]): boolean {
  const files = names.map((name) => inWorkspace('notebooks', `${name}.ipynb`));
  return files.some((file) => fs.existsSync(file) && savedBy(file).length > 0);
}

/**
 * The networks that the notebooks of a report save, and those of the workspace's other notebooks.
 *
 * @param out folder of the executed notebooks
 * @returns undefined where no notebook of the report saves a network
 */
export function savedNetworks(summary: Summary, out: string): SavedNetworks | undefined {
  const folder = inWorkspace('notebooks');
  const others = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  const files = new Map(
    others
      .filter((file) => file.endsWith('.ipynb') && !file.startsWith('.'))
      .map((file) => [notebookName(file), path.join(folder, file)]),
  );
  const ran = new Map(summary.notebooks.map((one) => [one.name, one]));
  for (const { name, notebook } of ran.values()) {
    if (notebook) files.set(name, path.join(out, notebook));
  }
  const found: SavedNetworks = { wanted: [], missing: [] };
  let any = false;
  for (const [notebook, file] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const entry = ran.get(notebook);
    for (const name of savedBy(file)) {
      any ||= entry !== undefined;
      const reason = missingReason(name, notebook, entry);
      if (reason) found.missing.push({ name, notebook, reason });
      else found.wanted.push({ name, notebook, fresh: entry !== undefined && ranWell(entry) });
    }
  }
  return any ? found : undefined;
}

function ranWell({ status }: NotebookSummary): boolean {
  return status === 'passed' || status === 'bound-missed';
}

/** Why a network cannot be shown; empty where it can. */
function missingReason(name: string, notebook: string, entry?: NotebookSummary): string {
  // What a notebook that failed has left may be old or half trained.
  if (entry && entry.status !== 'not-run' && !ranWell(entry)) {
    return `${notebook} ${entry.status === 'failed' ? 'failed' : 'did not finish'} in this report`;
  }
  if (fs.existsSync(path.join(environment().modelsDir, name, 'model.json'))) return '';
  return entry && ranWell(entry)
    ? `${notebook} ran, and there is no network of this name: it was run with another models folder, or removed`
    : `${notebook} was not run`;
}
