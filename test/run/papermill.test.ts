import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { inWorkspace } from '../../lib/runtime';

const python = inWorkspace('.venv/bin/python');
const skip = fs.existsSync(python) ? false : 'the Python environment is not set up';

/** Runs Python with the translator available and returns what it printed, as JSON. */
function translator(code: string): unknown {
  const script = `import json, math, papermill_gradbook
T = papermill_gradbook.TypeScriptTranslator
print(json.dumps(${code}))`;
  const env = {
    ...process.env,
    PYTHONPATH: inWorkspace('scripts/papermill-gradbook'),
    PYTHONDONTWRITEBYTECODE: '1',
  };
  return JSON.parse(execFileSync(python, ['-c', script], { env, encoding: 'utf8' }));
}

test('papermill writes parameters as TypeScript', { skip }, () => {
  const values = `{"a": 1, "b": 1e-3, "c": True, "d": None, "e": "it's \\"so\\"\\n", "f": [1, "x"],
    "g": {"k-1": [False]}, "h": math.inf, "i": math.nan, "j": {}}`;
  assert.deepEqual(
    String(translator(`T.codify(${values})`))
      .trim()
      .split('\n'),
    [
      '// Parameters',
      'let a = 1;',
      'let b = 0.001;',
      'let c = true;',
      'let d = null;',
      'let e = "it\'s \\"so\\"\\n";',
      'let f = [1, "x"];',
      'let g = { "k-1": [false] };',
      'let h = Infinity;',
      'let i = NaN;',
      'let j = {};',
    ],
  );
});

test('papermill lists the parameters of a notebook', { skip }, () => {
  const source = [
    "let profile = 'a;b'; // smoke, quick or full",
    'let lr: number = 1e-3;',
    'let augment = true // yes',
    'let kind: "a" | "b" = "a";',
    '// let gone = 1;',
    'console.log(1);',
  ].join('\n');
  const found = translator(`[list(p) for p in T.inspect({"source": ${JSON.stringify(source)}})]`);
  assert.deepEqual(found, [
    ['profile', 'string', "'a;b'", 'smoke, quick or full'],
    ['lr', 'number', '1e-3', ''],
    ['augment', 'boolean', 'true', 'yes'],
    ['kind', '"a" | "b"', '"a"', ''],
  ]);
});

test('papermill finds the translator by language and by kernel', { skip }, () => {
  const find = (kernel: string, language: string) =>
    `__import__("papermill.translators").translators.papermill_translators.find_translator("${kernel}", "${language}").__name__`;
  assert.equal(translator(find('any', 'typescript')), 'TypeScriptTranslator');
  assert.equal(translator(find('gradbook', '')), 'TypeScriptTranslator');
});
