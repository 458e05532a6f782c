import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { buildPokemon, readPokemon } from '../../../lib/data';
import { sha256 } from '../../../lib/data/build/record';
import { replaceFolder } from '../../../lib/data/build/replace-folder';
import { readForms } from '../../../lib/data/build/species';
import { interrupt } from '../../../lib/runtime';
import { temporaryFolder } from '../folders';

const small = { seed: 7, count: 48, size: 64 };
async function drawPhoto(dir: string, name: string, background: string): Promise<void> {
  fs.mkdirSync(dir, { recursive: true });
  const photo = sharp({ create: { width: 80, height: 70, channels: 3, background } });
  await photo.toFile(path.join(dir, name));
}

const hashOf = (file: string) => sha256([fs.readFileSync(file)]);

test('builds the same bytes from the same seed, here and anywhere', async (context) => {
  const out = path.join(temporaryFolder(context), 'set');
  const { dir, record, built } = await buildPokemon({ ...small, out });
  assert.equal(built, true);
  assert.deepEqual(fs.readdirSync(dir).sort(), [
    ...['build.json', 'data.npz', 'labels.csv', 'pokemon_types.txt'],
  ]);
  for (const [name, { bytes, sha256: hash }] of Object.entries(record.files)) {
    assert.equal(fs.statSync(path.join(dir, name)).size, bytes);
    assert.equal(hashOf(path.join(dir, name)), hash);
  }
  // Fixed hashes: other versions of Node and other machines must give the same.
  assert.equal(
    record.files['data.npz']!.sha256,
    '50aac6fdd28bf9dd3a1d88788a76533434ec8020a6b4d4377fcf3888adf7c3ba',
  );
  assert.equal(
    record.files['labels.csv']!.sha256,
    '0acb2601916cdcaa57eff488e314dc8c03e84e4a2af2dd4bd7cdef9f7aadcc57',
  );
});

test('what is built reads back: labels belong to their images', async (context) => {
  const out = path.join(temporaryFolder(context), 'set');
  await buildPokemon({ ...small, count: 60, out });
  const set = await readPokemon({ dir: out });
  assert.deepEqual([set.count, set.height, set.width], [60, 64, 64]);
  const forms = readForms();
  for (let i = 0; i < set.count; i++) {
    const [first, second] = [set.primary[i]!, set.secondary[i]!];
    const types = [set.classNames[first], second < 0 ? '' : set.classNames[second]];
    const form = forms.find(
      ({ name, primary, secondary }) =>
        name === set.names[i] && primary === types[0] && secondary === types[1],
    );
    assert.ok(form, `${set.names[i]} is ${types}`);
    // The sprite under the mask is the form's icon: the same colours, as often.
    const pixels = await sharp(
      `node_modules/pokesprite-images/pokemon-gen8/regular/${form.icon}.png`,
    )
      .ensureAlpha()
      .raw()
      .toBuffer();
    const expected: string[] = [];
    for (let at = 0; at < pixels.length; at += 4) {
      if (pixels[at + 3] === 0) continue;
      const colour = pixels.subarray(at, at + 3).join();
      expected.push(colour === '0,0,0' ? '1,1,1' : colour);
    }
    const found: string[] = [];
    for (let pixel = i * 4096; pixel < (i + 1) * 4096; pixel++) {
      if (set.masks![pixel]) found.push(set.images.subarray(pixel * 3, pixel * 3 + 3).join());
    }
    assert.deepEqual(found, expected, `${form.icon} in image ${i}`);
  }
});

test('builds only what is missing, and repairs what is damaged', async (context) => {
  const parent = temporaryFolder(context);
  const [photos, out] = [path.join(parent, 'photos'), path.join(parent, 'set')];
  await drawPhoto(photos, 'grey.png', '#808080');
  const build = async (options = {}) =>
    (await buildPokemon({ ...small, count: 4, photos, out, ...options })).built;
  assert.equal(await build(), true);
  assert.equal(await build(), false);
  assert.equal(await build({ force: true }), true);
  assert.equal(await build({ seed: 8 }), true);
  assert.equal(await build({ size: 70 }), true);
  fs.appendFileSync(path.join(out, 'labels.csv'), 'more\n');
  assert.equal(await build({ size: 70 }), true);
  fs.rmSync(path.join(out, 'data.npz'));
  assert.equal(await build({ size: 70 }), true);
  fs.writeFileSync(path.join(out, 'build.json'), '{"half": ');
  assert.equal(await build({ size: 70 }), true);
  assert.deepEqual(fs.readdirSync(parent), ['photos', 'set'], 'nothing temporary is left');
});

test('does not change foreign folders, and keeps the old set when a build fails', async (context) => {
  const parent = temporaryFolder(context);
  const out = path.join(parent, 'set');
  fs.mkdirSync(out);
  fs.writeFileSync(path.join(out, 'data.npz'), 'the original of the course');
  await assert.rejects(buildPokemon({ ...small, out }), { code: 'foreign-folder' });
  assert.equal(fs.readFileSync(path.join(out, 'data.npz'), 'utf8'), 'the original of the course');

  const own = path.join(parent, 'own');
  const names = ['a.txt', 'stamp'];
  const fill = (text: string) => (folder: string) => {
    for (const name of names) fs.writeFileSync(path.join(folder, name), text);
  };
  replaceFolder(own, names, fill('old'));
  assert.throws(
    () =>
      replaceFolder(own, names, (folder) => {
        fill('new')(folder);
        throw new Error('disk full');
      }),
    /disk full/,
  );
  assert.equal(fs.readFileSync(path.join(own, 'a.txt'), 'utf8'), 'old');
  replaceFolder(own, names, fill('new'));
  assert.equal(fs.readFileSync(path.join(own, 'a.txt'), 'utf8'), 'new');
  fs.writeFileSync(path.join(own, 'mine.txt'), '');
  assert.throws(() => replaceFolder(own, names, fill('x')), { message: /mine\.txt/ });
  assert.deepEqual(fs.readdirSync(parent).sort(), ['own', 'set']);
});

test('user photos, named by their content', async (context) => {
  const parent = temporaryFolder(context);
  const [photos, out] = [path.join(parent, 'photos'), path.join(parent, 'set')];
  await drawPhoto(photos, 'green.png', '#12ab34');
  const { record } = await buildPokemon({ ...small, count: 3, photos, out });
  assert.match(record.photos, /^1 photos, sha256 [0-9a-f]{64}$/);
  const set = await readPokemon({ dir: out });
  for (let pixel = 0; pixel < 3 * 4096; pixel++) {
    if (set.masks![pixel]) continue;
    assert.deepEqual([...set.images.subarray(pixel * 3, pixel * 3 + 3)], [0x12, 0xab, 0x34]);
  }
  assert.equal((await buildPokemon({ ...small, count: 3, photos, out })).built, false);
  await drawPhoto(photos, 'more.png', '#000000');
  assert.equal((await buildPokemon({ ...small, count: 3, photos, out })).built, true);
});

test('an interrupt ends a build and writes nothing', async (context) => {
  const out = path.join(temporaryFolder(context), 'set');
  const building = buildPokemon({ ...small, count: 200, out });
  interrupt();
  await assert.rejects(building, { code: 'interrupted' });
  assert.deepEqual(fs.readdirSync(path.dirname(out)), []);
});

for (const options of [{ seed: -1 }, { count: 0 }, { count: 1.5 }, { size: Number.NaN }]) {
  test(`refuses ${JSON.stringify(options)}`, async () => {
    await assert.rejects(buildPokemon({ out: '/nowhere', ...options }), { code: 'bad-option' });
  });
}
