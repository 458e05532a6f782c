import * as path from 'node:path';
import type { KernelSpec } from '../../lib/jupyter/client/kernel-spec';
import type { Notebook } from '../../lib/jupyter/files/notebook';
import { type ExecuteOptions, executeNotebook } from '../../lib/run/execute/execute-notebook';
import type { NotebookRun } from '../../lib/run/record';
import { notebookOf, type TestCell } from './notebooks';

/** The kernel of the tests, with its faults. */
export function fakeSpec(...modes: string[]): KernelSpec {
  return {
    name: 'fake',
    displayName: 'Fake',
    language: 'typescript',
    argv: [
      process.execPath,
      path.join(__dirname, 'fixtures/fake-kernel.cjs'),
      '{connection_file}',
      ...modes,
    ],
    interruptMode: 'message',
  };
}

/** Executes cells in the fake kernel. */
export async function execute(
  cells: readonly TestCell[],
  options: Partial<ExecuteOptions> = {},
): Promise<{ run: NotebookRun; notebook: Notebook }> {
  const notebook = notebookOf(cells);
  const run = await executeNotebook(notebook, {
    name: 'test',
    spec: fakeSpec(),
    parameters: {},
    ...options,
  });
  return { run, notebook };
}
