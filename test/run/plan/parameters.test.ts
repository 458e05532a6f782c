import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, test } from 'node:test';
import { injectParameters } from '../../../lib/run/plan/inject';
import {
  parseAssignment,
  readParameterFile,
  valueFor,
} from '../../../lib/run/plan/parameter-values';
import {
  declaredParameters,
  type Parameter,
  parseParameters,
} from '../../../lib/run/plan/parameters';
import { temporaryFolder } from '../../temporary-folder';
import { notebookOf } from '../notebooks';

describe('parseParameters', () => {
  test('reads names, types, defaults and comments', () => {
    const source = `// Of the whole cell.

let profile = 'quick'; // smoke, quick or full
let lr = 1e-3; /* the optimizer's step */
// Where training
// begins.
let seed = 1;
let layers: number[] = [32, 64];
let optimizer: 'adam' | 'sgd' = 'adam', negative = -0.5;
let augment = true; let name: string | null = null;`;
    assert.deepEqual(
      parseParameters(source).map((one) => [
        one.name,
        one.type,
        one.default,
        one.text,
        one.comment,
      ]),
      [
        ['profile', 'string', 'quick', "'quick'", 'smoke, quick or full'],
        ['lr', 'number', 0.001, '1e-3', "the optimizer's step"],
        ['seed', 'number', 1, '1', 'Where training begins.'],
        ['layers', 'number[]', [32, 64], '[32, 64]', ''],
        ['optimizer', "'adam' | 'sgd'", 'adam', "'adam'", ''],
        ['negative', 'number', -0.5, '-0.5', ''],
        ['augment', 'boolean', true, 'true', ''],
        ['name', 'string | null', null, 'null', ''],
      ],
    );
  });

  test('refuses a default that has to be computed', () => {
    assert.throws(() => parseParameters('let lr = Math.sqrt(2);'), {
      code: 'parameters',
      message: /"lr" has the default Math\.sqrt\(2\)/,
    });
  });
});

describe('valueFor', () => {
  const of = (type: string): Parameter => ({ name: 'x', type, default: 0, text: '', comment: '' });

  test('takes what fits the type, from text and from a file', () => {
    const fitting: [string, unknown, unknown][] = [
      ['number', '1e-3', 0.001],
      ['number', 5, 5],
      ['boolean', 'true', true],
      ['boolean', false, false],
      ['string', '7', '7'],
      ['string', '', ''],
      ["'adam' | 'sgd'", 'sgd', 'sgd'],
      ['string | null', 'null', null],
      ['number | string', '3', 3],
      ['number | string', 'three', 'three'],
      ['number[]', '1,2', [1, 2]],
      ['number[]', '[1, 2]', [1, 2]],
      ['number[]', '', []],
      ['Array<string>', 'a,b', ['a', 'b']],
      ["('a' | 'b')[]", 'b,a', ['b', 'a']],
      ['boolean[]', [true, false], [true, false]],
      ['1 | 2', '2', 2],
    ];
    for (const [type, given, value] of fitting) {
      assert.deepEqual(valueFor(of(type), given), value, `${type} from ${JSON.stringify(given)}`);
    }
  });

  test('refuses what does not, with name, type and value', () => {
    const wrong: [string, unknown][] = [
      ['number', 'many'],
      ['number', ''],
      ['number', 'Infinity'],
      ['number', true],
      ['boolean', 'yes'],
      ['boolean', 1],
      ['string', 7],
      ["'adam' | 'sgd'", 'Adam'],
      ['number[]', '1,x'],
      ['number[]', '[1'],
      ['number[]', { 0: 1 }],
    ];
    for (const [type, given] of wrong) {
      assert.throws(
        () => valueFor(of(type), given),
        (error: Error) =>
          error.message === `parameter x is ${type}; ${JSON.stringify(given)} is not`,
        `${type} from ${JSON.stringify(given)}`,
      );
    }
  });
});

describe('parameters from outside', () => {
  test('assignments keep what follows the first sign', () => {
    assert.deepEqual(parseAssignment('note=a=b'), ['note', 'a=b']);
    assert.throws(() => parseAssignment('lr'), { code: 'parameter' });
    assert.throws(() => parseAssignment('=1'), { code: 'parameter' });
  });

  test('files are YAML or JSON', () => {
    const folder = temporaryFolder();
    const write = (name: string, text: string) => {
      fs.writeFileSync(path.join(folder, name), text);
      return path.join(folder, name);
    };
    assert.deepEqual(readParameterFile(write('a.yaml', 'lr: 0.001\nlayers: [1, 2]\n')), {
      lr: 0.001,
      layers: [1, 2],
    });
    assert.deepEqual(readParameterFile(write('a.json', '{"lr": 0.001}')), { lr: 0.001 });
    for (const file of [write('b.yaml', '- 1'), write('c.json', '{"a"'), '/no/such/file']) {
      assert.throws(() => readParameterFile(file), { code: 'parameter' });
    }
  });
});

describe('injectParameters', () => {
  const notebook = notebookOf([
    'console.log(1)',
    { code: "let epochs = 0;\nlet tags: string[] = ['a'];", tags: ['parameters'] },
    'console.log(epochs)',
  ]);

  test('puts a tagged cell after the parameters, with their types', () => {
    const { cells } = injectParameters(notebook, { tags: ['b"'], epochs: 3 });
    assert.equal(cells.length, 4);
    assert.deepEqual(cells[2]!.metadata.tags, ['injected-parameters']);
    assert.equal(
      cells[2]!.source,
      '// Set by the runner.\nlet epochs: number = 3;\nlet tags: string[] = ["b\\""];',
    );
  });

  test('replaces the cell of an earlier run', () => {
    const once = injectParameters(notebook, { epochs: 3 });
    const twice = injectParameters(once, { epochs: 4 });
    assert.equal(twice.cells.length, 4);
    assert.match(twice.cells[2]!.source, /= 4/);
    assert.deepEqual(injectParameters(twice, {}).cells, notebook.cells);
  });

  test('a notebook without parameters stays as it is', () => {
    const plain = notebookOf(['1']);
    assert.deepEqual(declaredParameters(plain), []);
    assert.deepEqual(injectParameters(plain, { epochs: 1 }), plain);
  });
});
