import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { classCounts, labelFrame, pairTable } from '../../lib/data';
import { parseCsv } from '../../lib/data/csv';
import { readLabels } from '../../lib/data/labels';
import {
  classBalance,
  classReport,
  classScores,
  confusionMatrix,
  pairHeatmap,
} from '../../lib/plots';
import { plainText } from '../../lib/plots/plain-text';
import { tf } from '../../lib/runtime';
import { temporaryFolder } from './folders';
import { hostileNames } from './hostile-names';
import { setOf } from './sets';

const set = setOf([0, 2, 1, 0], [2, -1, 0, -1]);

test('labels, counts and pairs as danfo DataFrames', () => {
  const labels = labelFrame(set);
  assert.deepEqual(labels.columns, [
    ...['row', 'name', 'primary_type', 'secondary_type'],
    ...['primary_type_index', 'secondary_type_index'],
  ]);
  assert.deepEqual(labels.values, [
    [100, 'image 0', 'ant', 'cat', 0, 2],
    [101, 'image 1', 'cat', '', 2, -1],
    [102, 'image 2', 'bee', 'ant', 1, 0],
    [103, 'image 3', 'ant', '', 0, -1],
  ]);

  const counts = classCounts(set);
  assert.deepEqual(counts.columns, ['type', 'primary', 'primary_share', 'any', 'any_share']);
  assert.deepEqual(counts.values, [
    ['ant', 2, 0.5, 3, 0.75],
    ['bee', 1, 0.25, 1, 0.25],
    ['cat', 1, 0.25, 2, 0.5],
  ]);

  const pairs = pairTable(set);
  assert.deepEqual(pairs.columns, ['primary_type', 'none', 'ant', 'bee', 'cat']);
  assert.deepEqual(pairs.values, [
    ['ant', 1, 0, 0, 1],
    ['bee', 0, 1, 0, 0],
    ['cat', 1, 0, 0, 0],
  ]);
});

test('danfo uses the only tfjs of the process', () => {
  const danfo = require('danfojs-node') as { tensorflow: { Tensor: unknown } };
  assert.equal(danfo.tensorflow.Tensor, tf.Tensor);
  assert.equal(tf.memory().numTensors, 0);
});

test('class names are data, for any names', () => {
  const names = hostileNames;
  const primary = names.map((_, label) => label);
  // Each class has the next one as its secondary; the last has none.
  const secondary = names.map((_, label) => (label + 1 < names.length ? label + 1 : -1));
  const odd = { ...setOf(primary, secondary), classNames: names };

  const pairs = pairTable(odd);
  assert.deepEqual(pairs.columns, ['(primary_type)', '((none))', ...names]);
  assert.equal(pairs.dtypes[0], 'string');
  assert.deepEqual(
    pairs.values,
    names.map((name, row) => [
      name,
      ...[-1, ...primary].map((label) => (secondary[row] === label ? 1 : 0)),
    ]),
  );
  assert.deepEqual(
    pairs.column('values').values,
    pairs.column('constructor').values.map((_, i) => (i === 2 ? 1 : 0)),
  );
  assert.deepEqual(classCounts(odd).column('type').values, names);
  const labels = labelFrame({ ...odd, classNames: names.map((_, i) => String(i)) });
  assert.deepEqual([labels.dtypes[2], labels.dtypes[3]], ['string', 'string']);
  assert.deepEqual(labels.column('primary_type').values, primary.map(String));

  const heat = pairHeatmap(odd).data[0] as { x: string[]; z: (number | null)[][] };
  assert.deepEqual(heat.x, ['((none))', ...names].map(plainText));
  assert.deepEqual(heat.z.at(-1)![0], 1);
  const bars = classBalance(odd).data[0] as unknown as { x: string[]; marker: { color: string[] } };
  assert.deepEqual(bars.x, names.map(plainText));
  for (const colour of bars.marker.color) assert.match(colour, /^#[0-9a-f]{6}$/);
  const counts = names.map((_, i) => names.map((__, j) => (i === j ? 1 : 0)));
  assert.deepEqual(
    confusionMatrix(counts, { classNames: names }).data[0]!['x'],
    names.map(plainText),
  );
  const scores = classScores(counts, names);
  assert.deepEqual(
    classReport(scores).data[0]!['x'],
    names.map((name) => `${plainText(name)}<br>1`),
  );
});

test('the labels of an empty set, and labels written as CSV and read back', (context) => {
  const empty = labelFrame(setOf([]));
  assert.deepEqual(empty.shape, [0, 6]);
  assert.deepEqual(empty.columns.slice(0, 2), ['row', 'name']);
  assert.deepEqual(pairTable(setOf([])).values[0], ['ant', 0, 0, 0, 0]);

  const danfo = require('danfojs-node') as typeof import('danfojs-node');
  const file = path.join(temporaryFolder(context), 'labels.csv');
  for (const given of [set, setOf([])]) {
    fs.writeFileSync(file, danfo.toCSV(labelFrame(given)) as unknown as string);
    const { names, primary, secondary } = readLabels(file, given.classNames);
    assert.deepEqual(
      { names, primary, secondary },
      {
        names: [...given.names],
        primary: given.primary,
        secondary: given.secondary,
      },
    );
  }
});

test('labels as spreadsheets write them: encodings, separators, ends of lines', (context) => {
  const file = path.join(temporaryFolder(context), 'labels.csv');
  const head = 'name,primary_type,secondary_type,primary_type_index,secondary_type_index';
  const text = [head, 'Flabébé,ant,cat,0,2', '妖,bee,,1,'].join('\n');
  const read = (bytes: Buffer | string) => {
    fs.writeFileSync(file, bytes);
    const { names, primary, secondary } = readLabels(file, set.classNames);
    assert.deepEqual(
      [names, [...primary], [...secondary]],
      [
        ['Flabébé', '妖'],
        [0, 1],
        [2, -1],
      ],
    );
  };
  const utf16 = Buffer.from(`\uFEFF${text}`, 'utf16le');
  read(text);
  read(`\uFEFF${text}`);
  read(utf16);
  read(Buffer.from(utf16).swap16());
  for (const end of ['\r', '\r\n']) read(`${text}\n`.replaceAll('\n', end));
  for (const sign of [';', '\t']) read(text.replaceAll(',', sign));
  read(`sep=;\r\n${text.replaceAll(',', ';')}`);
  assert.throws(() => read(Buffer.from(text.replace('妖', 'x'), 'latin1')), {
    code: 'bad-encoding',
    message: `${file} is not UTF-8: it looks like Latin-1 or Windows-1252. Save it as UTF-8 ("CSV UTF-8" in spreadsheets)`,
  });
  assert.throws(() => read(Buffer.from(text, 'utf16le')), {
    code: 'bad-encoding',
    message: /UTF-16/,
  });
  assert.deepEqual(
    parseCsv('a;b\r"x,\r;";2\r\r3;4', 'f').map(({ line, fields }) => [line, ...fields]),
    [
      [1, 'a', 'b'],
      [2, 'x,\r;', '2'],
      [5, '3', '4'],
    ],
  );
  assert.throws(() => parseCsv('a,b\r\n1,2,3', 'f'), { message: /line 2: 3 fields/ });
});
