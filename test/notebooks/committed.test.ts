import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { inWorkspace } from '../../lib/runtime';

interface Cell {
  id: string;
  cell_type: string;
  source: string | string[];
  execution_count?: number | null;
  outputs?: unknown[];
  metadata: { tags?: string[] };
}

const folder = inWorkspace('notebooks');
const files = fs.readdirSync(folder).filter((file) => file.endsWith('.ipynb'));
const text = ({ source }: Cell) => [source].flat().join('');

for (const file of files) {
  const notebook = JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8'));
  const cells: Cell[] = notebook.cells;
  const code = cells.filter((cell) => cell.cell_type === 'code');

  test(`${file} is committed without outputs, for the workspace's kernel`, () => {
    assert.equal(notebook.nbformat, 4);
    assert.equal(notebook.nbformat_minor, 5);
    assert.equal(notebook.metadata.kernelspec.name, 'gradbook');
    assert.equal(new Set(cells.map(({ id }) => id)).size, cells.length);
    for (const cell of code) {
      assert.deepEqual(cell.outputs, []);
      assert.equal(cell.execution_count, null);
    }
  });

  test(`${file} starts with a title and documented parameters, in cells that fit a laptop's screen`, () => {
    assert.match(text(cells[0]!), /^# .+\n/);
    assert.match(text(code[0]!), /from '\.\/lib'/);
    const tagged = code.filter(({ metadata }) => metadata.tags?.includes('parameters'));
    assert.equal(tagged.length, 1);
    for (const line of text(tagged[0]!).trim().split('\n')) {
      assert.match(line, /\/\/ \S/, `a parameter without a comment: ${line}`);
    }
    for (const cell of code) {
      // The line length that JupyterLab shows on a laptop without scrolling.
      const lines = text(cell).trim().split('\n');
      for (const line of lines) assert.ok(line.length <= 115, `too long: ${line}`);
      // One idea a cell: about 15 lines.
      assert.ok(lines.length <= 17, `${lines.length} lines: ${lines[0]}`);
    }
  });
}
