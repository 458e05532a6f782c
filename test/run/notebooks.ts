import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Cell, Notebook } from '../../lib/jupyter/files/notebook';
import { temporaryFolder } from '../temporary-folder';

/** A cell of a notebook made for a test: its code, or its code with tags. */
export type TestCell = string | { code: string; tags?: string[]; metadata?: object };

/** A notebook with these code cells, for the workspace's own kernel. */
export function notebookOf(cells: readonly TestCell[], metadata: object = {}): Notebook {
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {
      kernelspec: {
        name: 'gradbook',
        display_name: 'TypeScript (gradbook)',
        language: 'typescript',
      },
      language_info: { name: 'typescript' },
      ...metadata,
    },
    cells: cells.map((cell, index): Cell => {
      const full: Exclude<TestCell, string> = typeof cell === 'string' ? { code: cell } : cell;
      const { code, tags, metadata } = full;
      return {
        id: `cell-${index + 1}`,
        cell_type: 'code',
        metadata: { ...metadata, ...(tags && { tags }) },
        source: code,
        outputs: [],
        execution_count: null,
      };
    }),
  };
}

/** A folder of notebooks by their names, in a new temporary folder. */
export function folderOf(notebooks: Record<string, Notebook | string>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(notebooks)) {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    fs.writeFileSync(path.join(folder, `${name}.ipynb`), text);
  }
  return folder;
}
