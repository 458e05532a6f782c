import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';

const root = path.join(__dirname, '..', '..');
const lib = path.join(root, 'lib');

interface Import {
  readonly file: string;
  readonly from: string;
  /** Below the other folder; empty for its index.ts. */
  readonly rest: string;
  readonly to: string;
}

/** The imports of a folder of lib from another one. */
function importsBetweenFolders(): Import[] {
  const files = fs.readdirSync(lib, { recursive: true, encoding: 'utf8' });
  return files
    .filter((name) => name.endsWith('.ts') && name.includes(path.sep))
    .flatMap((name) => {
      const code = fs.readFileSync(path.join(lib, name), 'utf8');
      const [from = ''] = name.split(path.sep);
      return [...code.matchAll(/(?:from|import\(|require\() ?'(\.[^']*)'/g)].flatMap(
        ([, given]) => {
          const target = path.relative(lib, path.resolve(lib, path.dirname(name), given!));
          const [to = '', ...rest] = target.split(path.sep);
          return to === from ? [] : [{ file: `lib/${name}`, from, to, rest: rest.join('/') }];
        },
      );
    });
}

test('folders of lib import each other through index.ts', () => {
  const past = importsBetweenFolders().filter(({ to, rest }) => rest || to.startsWith('..'));
  assert.deepEqual(
    past.map(({ file, to, rest }) => `${file} imports ${to}/${rest}`),
    [],
  );
});

test('folders of lib import only what the table of CONTRIBUTING.md allows', () => {
  const text = fs.readFileSync(path.join(root, 'CONTRIBUTING.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `(\w+)` \|.*\|([^|]*)\|$/gm)];
  const allowed = new Map(
    rows.map(([, folder, may]) => [folder!, [...may!.matchAll(/`(\w+)`/g)].map(([, one]) => one!)]),
  );
  const folders = fs.readdirSync(lib).filter((name) => !name.endsWith('.ts'));
  assert.deepEqual([...allowed.keys()].sort(), folders.sort());
  const wrong = importsBetweenFolders().filter(({ from, to }) => !allowed.get(from)?.includes(to));
  assert.deepEqual(
    wrong.map(({ file, to }) => `${file} imports ${to}`),
    [],
  );
});
