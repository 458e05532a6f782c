import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { blocksOf, exportedValues, markdownFiles } from './examples';

const notebooks = path.join(__dirname, '..', '..', 'notebooks');

test('everything that ./lib exports is used in a notebook or in an example of the guides', () => {
  const code = [
    ...fs.readdirSync(notebooks).flatMap(codeOf),
    ...markdownFiles().flatMap(blockCode),
  ];
  const used = new Set(code.join('\n').match(/\b[A-Za-z_]\w*\b/g));
  const never = exportedValues().filter((name) => !used.has(name));
  assert.deepEqual(never, [], 'show each in docs/guides.md, or do not export it from ./lib');
});

function codeOf(name: string): string[] {
  if (!name.endsWith('.ipynb')) return [];
  const { cells } = JSON.parse(fs.readFileSync(path.join(notebooks, name), 'utf8')) as {
    cells: { cell_type: string; source: string | string[] }[];
  };
  return cells
    .filter(({ cell_type: type }) => type === 'code')
    .map(({ source }) => [source].flat().join(''));
}

function blockCode(file: string): string[] {
  return blocksOf(file).map(({ code }) => code);
}
