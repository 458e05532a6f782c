import * as assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import {
  type Cell,
  type Notebook,
  notebookText,
  readNotebook,
} from '../../../lib/jupyter/files/notebook';
import { notebookFromTypeScript, notebookToTypeScript } from '../../../lib/jupyter/files/text-form';
import { inWorkspace, Random } from '../../../lib/runtime';
import { temporaryFolder } from '../../temporary-folder';

const folder = temporaryFolder('gradbook-text-form');

function notebookOf(cells: readonly Partial<Cell>[]): Notebook {
  const kernelspec = { display_name: 'TypeScript', language: 'typescript', name: 'gradbook' };
  const whole = cells.map((cell, index) => {
    const code = cell.cell_type === 'code' ? { execution_count: null, outputs: [] } : {};
    const named = { ...code, id: `cell-${index}`, metadata: {}, source: '', ...cell };
    return Object.fromEntries(Object.entries(named).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
  const metadata = { gradbook: { makes: ['cnn'], needs: ['00-data'] }, kernelspec };
  return { cells: whole as never, metadata, nbformat: 4, nbformat_minor: 5 };
}

const again = (notebook: Notebook) => notebookFromTypeScript(notebookToTypeScript(notebook));

test('the committed notebooks survive the round trip byte for byte', () => {
  for (const name of ['00-begin-here', '02-cnn', '04-transfer', '07-summary']) {
    const file = inWorkspace('notebooks', `${name}.ipynb`);
    assert.equal(notebookText(again(readNotebook(file))), fs.readFileSync(file, 'utf8'), name);
  }
});

test('any cell content survives the round trip', () => {
  const random = new Random(7);
  const pieces = [
    ...['let a = 1;', 'f("%%"); // %%', '/* a\n   b */', '%matplotlib inline', '!ls', ''],
    ...['# Title', '- list\n  - deeper', '`// %%`', 'é€🂡 <b>"q"</b>', '\ttabs ', '---', '// ---'],
    ...['const t = `line\n\n\nmore`;', '$x^2$', '*/', 'a\\nb', "'", '// +', '// -', '//'],
  ];
  const metadata = [
    ...[
      {},
      { tags: ['parameters'] },
      { gradbook: { timeout: 3 }, tags: [] },
      { name: 'a "b" [c]' },
    ],
    { deep: { list: [1, 'two', null, true], text: 'é' }, id2: 'x' },
  ];
  const pick = <T>(list: readonly T[]): T => list[random.integer(0, list.length - 1)]!;
  const cells = Array.from({ length: 120 }, () => {
    const count = random.integer(0, 4);
    const source = Array.from({ length: count }, () => pick(pieces))
      .join('\n')
      .replace(/\n+$/, '');
    const cell_type = pick(['code', 'code', 'markdown', 'raw'] as const);
    return { cell_type, source, metadata: pick(metadata) };
  });
  const notebook = notebookOf(cells as Partial<Cell>[]);
  const back = again(notebook);
  assert.equal(back.cells.length, notebook.cells.length);
  for (const [i, cell] of notebook.cells.entries()) assert.deepEqual(back.cells[i], cell);
  assert.equal(notebookText(back), notebookText(notebook));
});

test('a cell that jupytext would change is an error with its number', () => {
  const code = (source: string) => ({ cell_type: 'code', source }) as const;
  for (const source of ['let a = 1;\n// %% not a cell', 'const quote = `"""`;']) {
    const notebook = notebookOf([code('let b = 2;'), code(source), code('let c = 3;')]);
    assert.throws(
      () => notebookToTypeScript(notebook),
      /^GradbookError: cell 2 \(".*would not survive/,
    );
  }
});

test('the file is TypeScript with a mark before each cell, without outputs', () => {
  const output = { output_type: 'stream', name: 'stdout', text: 'printed' } as const;
  const text = notebookToTypeScript(
    notebookOf([
      { cell_type: 'markdown', source: '# Title' },
      { cell_type: 'code', source: 'let a = 1;', outputs: [output], metadata: { tags: ['x'] } },
    ]),
  );
  assert.match(text, /\/\/ %% \[markdown\] id="cell-0"\n\/\/ # Title\n/);
  assert.match(text, /\/\/ %% id="cell-1" tags=\["x"\]\nlet a = 1;\n/);
  assert.doesNotMatch(text, /printed/);
});

test('unchanged cells keep their outputs, changed and new ones have none', () => {
  const outputs = [{ output_type: 'stream', name: 'stdout', text: '1\n' }] as Cell['outputs'];
  const run = { cell_type: 'code', outputs: outputs!, execution_count: 1 } as const;
  const before = notebookOf([
    { ...run, source: 'print(1)' },
    { ...run, source: 'print(2)' },
  ]);
  const text = `${notebookToTypeScript(before).replace('print(2)', 'print(3)')}\n// %%\nprint(4)\n`;
  const after = notebookFromTypeScript(text, before);
  assert.deepEqual(
    after.cells.map((cell) => [cell.source, cell.outputs?.length, cell.execution_count]),
    [
      ['print(1)', 1, 1],
      ['print(3)', 0, null],
      ['print(4)', 0, null],
    ],
  );
});

const command = (...args: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', inWorkspace('scripts/notebook.ts'), ...args], {
    encoding: 'utf8',
  });

test('npm run notebook: to-ts, from-ts, strip; wrong usage is reported', () => {
  const file = path.join(folder, 'a.ipynb');
  const output = { output_type: 'stream', name: 'stdout', text: 'printed' } as const;
  const notebook = notebookOf([{ cell_type: 'code', source: 'print(1)', outputs: [output] }]);
  fs.writeFileSync(file, notebookText(notebook));
  assert.equal(command('to-ts', file).status, 0);
  fs.rmSync(file);
  assert.equal(command('from-ts', path.join(folder, 'a.ts')).status, 0);
  fs.writeFileSync(file, notebookText(notebook));
  assert.equal(command('strip', file).status, 0);
  assert.doesNotMatch(fs.readFileSync(file, 'utf8'), /printed/);
  const wrong = command('to-ts', 'no-such');
  assert.equal(wrong.status, 3);
  assert.match(wrong.stderr, /^there is no notebook no-such: give a file/);
  assert.match(command('turn').stderr, /turn: give to-ts, from-ts or strip/);
});

test('two branches that change other cells are merged, and the JSON stays valid', () => {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      cwd: repository,
      stdio: 'pipe',
      env: { ...process.env, PATH: `${inWorkspace('.venv', 'bin')}:${process.env['PATH']}` },
    });
  const repository = path.join(folder, 'repository');
  fs.mkdirSync(repository);
  const file = path.join(repository, 'a.ipynb');
  const write = (sources: readonly string[]) =>
    fs.writeFileSync(
      file,
      notebookText(notebookOf(sources.map((source) => ({ cell_type: 'code', source })))),
    );
  git('init', '-q', '-b', 'main');
  fs.copyFileSync(inWorkspace('.gitattributes'), path.join(repository, '.gitattributes'));
  git('config', 'merge.jupyternotebook.driver', 'git-nbmergedriver merge %O %A %B %L %P');
  write(['let a = 1;', 'let b = 2;']);
  git('add', '.');
  git('commit', '-q', '-m', 'one');
  git('checkout', '-q', '-b', 'other');
  write(['let a = 1;', 'let b = 20;']);
  git('commit', '-q', '-am', 'two');
  git('checkout', '-q', 'main');
  // Beside the other's change: a merge by lines has a conflict here.
  write(['let a = 10;', 'let b = 2;']);
  git('commit', '-q', '-am', 'three');
  git('merge', '-q', 'other', '-m', 'merged');
  const merged = JSON.parse(fs.readFileSync(file, 'utf8')) as Notebook;
  assert.deepEqual(
    merged.cells.map(({ source }) => [source].flat().join('')),
    ['let a = 10;', 'let b = 20;'],
  );
});
