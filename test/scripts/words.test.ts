import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { proseOf } from './prose';

/** Words and phrases that the texts avoid, as patterns, with what to use instead. */
interface Word {
  pattern: string;
  use: string;
}

const root = path.join(__dirname, '..', '..');
const words: Word[] = JSON.parse(fs.readFileSync(path.join(__dirname, 'words.json'), 'utf8'));
const patterns = words.map(({ pattern, use }) => ({ pattern: new RegExp(pattern, 'gi'), use }));

/** Places where a word is the right one, by file. */
const exceptions: Record<string, RegExp> = {
  // Images in a grid of a figure, which plotly calls layout images.
  'lib/run/site/assets/figures.js': /^pictures$/i,
  // Ids of elements.
  'lib/run/site/live/try-page.ts': /^pictures?$/,
  'test/browser/live.test.ts': /^pictures?$/,
};

/** What a file's prose has of the words, as `file:line: "word", use …`. */
function findings(name: string, content: string): string[] {
  return proseOf(name, content).flatMap(({ text, line }) =>
    patterns.flatMap(({ pattern, use }) =>
      [...text.matchAll(pattern)]
        .filter(([word]) => !exceptions[name]?.test(word))
        .map(([word]) => `${name}:${line}: "${word}", use: ${use}`),
    ),
  );
}

/** The tracked text files, without data, and without the list of words and its test. */
function textFiles(): string[] {
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' });
  return tracked
    .split('\0')
    .filter((name) => /\.(?:ts|mjs|cjs|js|md|py|cc|ipynb|ya?ml|svg)$|^\.ci\//.test(name))
    .filter((name) => !/^test\/scripts\/(?:words|prose)\./.test(name))
    .filter((name) => fs.existsSync(path.join(root, name)));
}

test('texts, comments and messages use plain technical English', () => {
  const found = textFiles().flatMap((name) =>
    findings(name, fs.readFileSync(path.join(root, name), 'utf8')),
  );
  assert.deepEqual(found, []);
});

test('words are found in wrapped comments, added strings, documents and notebooks', () => {
  const code = [
    "const hint = 'An earlier cell went wrong ' +",
    "  'after its end.'; // the loop is torn",
    '// off by the kernel, never a',
    '// half of it',
    '/**',
    ' * A thing that nobody',
    ' * handled.',
    ' */',
    "const picture = pictures['picture'];",
  ].join('\n');
  const places = findings('a.ts', code).map((finding) => finding.replace(/, use.*/, ''));
  assert.deepEqual(places, [
    'a.ts:1: "went wrong after"',
    'a.ts:2: "torn"',
    'a.ts:2: "never a half"',
    'a.ts:5: "nobody handled"',
  ]);
  assert.deepEqual(
    findings('a.md', 'The run goes\non where it stopped.').map((finding) => finding.split('"')[1]),
    ['goes on where'],
  );
  const cells = [
    { cell_type: 'code', source: ['// a picture'] },
    { cell_type: 'markdown', source: ['Learns by\n', 'heart.'] },
  ];
  assert.equal(findings('a.ipynb', JSON.stringify({ cells })).length, 1);
});

test('no word is recommended that another entry avoids', () => {
  assert.deepEqual(
    words.flatMap(({ use }) => findings('use.md', use)),
    [],
  );
});
