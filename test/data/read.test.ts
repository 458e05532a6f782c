import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { loadPokemon, readPokemon } from '../../lib/data';
import {
  goodArchive,
  goodImages,
  goodMasks,
  imageBytes,
  imageShape,
  labelsWith,
  maskBytes,
  temporaryFolder,
  threeLabels,
  writeDataSet,
} from './folders';
import { npyFile, zipBytes } from './npz-bytes';

const fixtures = path.join(__dirname, 'fixtures');

for (const file of fs.readdirSync(fixtures).filter((name) => name.endsWith('.npz'))) {
  test(`reads ${file}, which NumPy wrote`, async (context) => {
    const npz = fs.readFileSync(path.join(fixtures, file));
    const set = await readPokemon({ dir: writeDataSet(temporaryFolder(context), { npz }) });
    assert.deepEqual([set.count, set.height, set.width], [3, 2, 4]);
    assert.deepEqual(set.images, imageBytes);
    assert.deepEqual(set.masks, maskBytes);
  });
}

test('reads names, types and rows in the order of the files', async (context) => {
  const set = await readPokemon({ dir: writeDataSet(temporaryFolder(context)) });
  assert.deepEqual(set.names, ['Charizard', 'Onix', 'Eevee']);
  assert.deepEqual([...set.primary], [2, 8, 6]);
  assert.deepEqual([...set.secondary], [3, 5, -1]);
  assert.deepEqual([...set.rows], [0, 1, 2]);
  assert.equal(set.classNames[8], 'Rock');
});

test('reads archives with zip64 fields and stored members', async (context) => {
  const members = [
    { name: 'extra.txt', content: Buffer.from('passed over') },
    { name: 'images.npy', content: goodImages, method: 0 },
    { name: 'masks.npy', content: goodMasks },
  ];
  const npz = zipBytes(members, { zip64: true });
  const set = await readPokemon({ dir: writeDataSet(temporaryFolder(context), { npz }) });
  assert.deepEqual(set.images, imageBytes);
  assert.deepEqual(set.masks, maskBytes);
});

test('reads a data set without masks', async (context) => {
  const npz = goodArchive(goodImages, null);
  const set = await readPokemon({ dir: writeDataSet(temporaryFolder(context), { npz }) });
  assert.equal(set.masks, null);
});

test('reads arrays that end within a value at the border of a chunk', async (context) => {
  // More than a chunk of 1 MiB, and the header shifts the values off its borders.
  const shape = [3, 300, 500, 3];
  const bytes = Uint8Array.from({ length: 3 * 300 * 500 * 3 }, (_, i) => (i * 7 + (i >> 9)) & 255);
  const raw = Buffer.from(Float64Array.from(bytes, (byte) => byte / 255).buffer);
  const header = npyFile('<f8', shape, Buffer.alloc(0));
  // A header of an odd length, as other writers may make it.
  const odd = Buffer.concat([header.subarray(0, -1), Buffer.from(' \n')]);
  odd.writeUInt16LE(odd.length - 10, 8);
  for (const method of [0, 8]) {
    const npz = zipBytes([{ name: 'images.npy', content: Buffer.concat([odd, raw]), method }]);
    const dir = writeDataSet(temporaryFolder(context), { npz });
    assert.deepEqual((await readPokemon({ dir })).images, bytes);
  }
});

test('reads labels with a BOM, CRLF, quotes, floating indexes and other columns', async (context) => {
  const labels = [
    '\uFEFFid,name,primary_type_index,secondary_type_index,primary_type,secondary_type',
    '1,"Mime, ""Mr.""",6,,Normal,',
    '2,Onix,8.0,5.0,Rock,Ground',
    '3,Nidoran♀,7,,Poison,',
  ].join('\r\n');
  const set = await readPokemon({ dir: writeDataSet(temporaryFolder(context), { labels }) });
  assert.deepEqual(set.names, ['Mime, "Mr."', 'Onix', 'Nidoran♀']);
  assert.deepEqual([...set.primary], [6, 8, 7]);
  assert.deepEqual([...set.secondary], [-1, 5, -1]);
});

test('GRADBOOK_DATA names the folder where no option does', async (context) => {
  const before = process.env['GRADBOOK_DATA'];
  process.env['GRADBOOK_DATA'] = writeDataSet(temporaryFolder(context));
  context.after(() => {
    if (before === undefined) delete process.env['GRADBOOK_DATA'];
    else process.env['GRADBOOK_DATA'] = before;
  });
  assert.equal((await readPokemon()).count, 3);
});

test('the last rows are the test set, the others training and validation', async (context) => {
  const count = 18;
  const shape = [count, ...imageShape.slice(1)];
  const raw = Buffer.alloc(count * 24 * 4);
  const labels = labelsWith(...Array.from({ length: count }, (_, i) => threeLabels[i % 3]!));
  const npz = zipBytes([{ name: 'images.npy', content: npyFile('<f4', shape, raw) }]);
  const dir = writeDataSet(temporaryFolder(context), { npz, labels });

  const standard = await loadPokemon({ dir, seed: 3 });
  assert.deepEqual([...standard.test.rows], [16, 17]);
  assert.deepEqual(
    [...standard.train.rows, ...standard.validation.rows].sort((a, b) => a - b),
    Array.from({ length: 16 }, (_, i) => i),
  );
  assert.equal(standard.validation.count, 2);
  assert.deepEqual(
    [standard.train.name, standard.validation.name, standard.test.name],
    ['train', 'validation', 'test'],
  );

  const few = await loadPokemon({ dir, seed: 3, test: 6, examples: 8, validation: 0.25 });
  assert.deepEqual([few.train.count, few.validation.count, few.test.count], [6, 2, 6]);
  assert.ok(few.train.rows.every((row) => row < 8));

  await assert.rejects(loadPokemon({ dir, test: 18 }), { code: 'bad-split' });
  await assert.rejects(loadPokemon({ dir, examples: -1 }), { code: 'bad-split' });
});
