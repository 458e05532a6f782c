import * as assert from 'node:assert/strict';
import { test } from 'node:test';
import { table } from '../../lib/notebook';
import { formatColumn } from '../../lib/notebook/format';
import { columnsOf } from '../../lib/notebook/table';
import { collectShown } from './shown';

const shown = collectShown();
const text = () => shown[0]!.data['text/plain'];

test('rows of objects: numbers right, with the same digits in a column', () => {
  table([
    { name: 'a', rate: 0.001, parameters: 1_288_400 },
    { name: 'longer', rate: 0.0002, parameters: 20 },
  ]);
  assert.equal(
    text(),
    [
      'name      rate  parameters',
      '──────  ──────  ──────────',
      'a       0.0010   1,288,400',
      'longer  0.0002          20',
    ].join('\n'),
  );
  assert.match(String(shown[0]!.data['text/html']), /<td style="text-align:right[^"]*">1,288,400</);
});

test('a nonzero number is never shown as zero', () => {
  assert.deepEqual(formatColumn([12.5, 0.00031, 0]), ['12.50000', '0.00031', '0.00000']);
  assert.deepEqual(formatColumn([12.5, -1e-12, 0]), ['12.5', '-1.00e-12', '0.0']);
  for (let power = -30; power <= 8; power++) {
    for (const digits of [1, 1.2345, 9.9999]) {
      const small = digits * 10 ** power;
      for (const beside of [0.5, 12.5, 999.25, 123_456.5]) {
        const texts = formatColumn([beside, small, -small]).map((t) =>
          Number(t.replaceAll(',', '')),
        );
        const right = Math.abs(texts[1]! / small - 1) < 0.5 && texts[2] === -texts[1]!;
        assert.ok(right, `${small} beside ${beside} reads ${texts}`);
      }
    }
  }
});

test('rows of different keys leave cells empty, arrays take names from `columns`', () => {
  assert.deepEqual(columnsOf([{ a: 1 }, { b: 2 }]), {
    names: ['a', 'b'],
    values: [
      [1, undefined],
      [undefined, 2],
    ],
  });
  const { names, values } = columnsOf([['x', 1]], ['what', 'count']);
  assert.deepEqual(names, ['what', 'count']);
  assert.deepEqual(values, [['x'], [1]]);
});

test('a history has its epochs first', () => {
  const history = { epoch: [0, 1], history: { loss: [2.3, 0.1], val_loss: [2, 0.2] } };
  assert.deepEqual(columnsOf(history).names, ['epoch', 'loss', 'val_loss']);
});

test('a DataFrame is recognised by its properties; a plain index is left out', () => {
  const frame = {
    columns: ['a', 'b'],
    index: [0, 1],
    shape: [2, 2],
    values: [
      [1, 'x'],
      [2, 'y'],
    ],
  };
  assert.deepEqual(columnsOf(frame), {
    names: ['a', 'b'],
    values: [
      [1, 2],
      ['x', 'y'],
    ],
  });
  assert.deepEqual(columnsOf({ ...frame, index: ['r', 's'] }).names, ['', 'a', 'b']);
});

test('a record is one line per key, or columns when its values are lists of one length', () => {
  assert.deepEqual(columnsOf({ seconds: 3.5, device: 'CPU', seed: 1 }).values, [
    ['seconds', 'device', 'seed'],
    ['3.500', 'CPU', '1'],
  ]);
  assert.deepEqual(columnsOf({ x: [1, 2], y: new Float32Array([3, 4]) }).values, [
    [1, 2],
    [3, 4],
  ]);
});

test('long tables show their head and tail', () => {
  table(
    Array.from({ length: 100 }, (_, i) => ({ i })),
    { limit: 10 },
  );
  const lines = text().split('\n');
  assert.equal(lines.length, 13);
  assert.equal(lines[6]!.trim(), '4');
  assert.equal(lines[7], '… 100 rows in all …');
  assert.equal(lines[8]!.trim(), '95');
});

test('NaN, infinity, null and dates are shown as they are', () => {
  table([
    { v: Number.NaN, w: null, d: new Date(0) },
    { v: 0.5, w: undefined, d: new Date(0) },
  ]);
  assert.match(text(), /NaN .*1970-01-01 00:00:00/);
});

test('HTML in values is escaped', () => {
  table([{ '<b>': '<script>&"' }]);
  const markup = String(shown[0]!.data['text/html']);
  assert.ok(!markup.includes('<script>') && !markup.includes('<b>'));
  assert.match(markup, /&lt;script&gt;&amp;&quot;/);
});

test('columns are chosen by name; an unknown one is named', () => {
  table([{ a: 1, b: 2 }], { columns: ['b'] });
  assert.match(text(), /^b\n/);
  assert.throws(() => table([{ a: 1 }], { columns: ['c'] }), /unknown column: c\. There are a/);
});

test('other values are an error', () => {
  assert.throws(() => table(3), /cannot display number as a table/);
  assert.throws(() => table(null), /cannot display null as a table/);
});

test('an empty table is shown', () => {
  table([]);
  assert.equal(shown.length, 1);
});
