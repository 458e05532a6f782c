import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeEach, test } from 'node:test';
import {
  examplesOf,
  imageFolder,
  imageFolderStream,
  split,
  subset,
  toImageSet,
} from '../../lib/data';
import { type GradbookError, interrupt } from '../../lib/runtime';
import { temporaryFolder } from './folders';
import { drawNoise } from './noise-pictures';

// The one that lib reads as well; an import is a copy.
const realFs = require('node:fs') as typeof fs;

let dir: string;
let cache: string;
beforeEach((context) => {
  const folder = temporaryFolder(context as Parameters<typeof temporaryFolder>[0]);
  dir = path.join(folder, 'pictures');
  cache = path.join(folder, 'cache');
  process.env['GRADBOOK_CACHE'] = cache;
});

const options = { size: 16, seed: 1 };

/** The files of the cache by their ending, with their sizes. */
function cacheFiles(): Record<string, number[]> {
  const files: Record<string, number[]> = { u8: [], index: [] };
  if (!fs.existsSync(cache)) return files;
  for (const name of fs.readdirSync(cache, { recursive: true, encoding: 'utf8' })) {
    const ending = path.extname(name).slice(1);
    files[ending]?.push(fs.statSync(path.join(cache, name)).size);
  }
  return files;
}

async function pixelsOf(sets: Awaited<ReturnType<typeof imageFolderStream>>) {
  const { train, validation, test: held } = sets;
  return await Promise.all([train, validation, held].map(toImageSet));
}

for (const decodeFirst of [true, false]) {
  const when = decodeFirst ? 'before' : 'with the batches that need them';
  test(`the sets are those of imageFolder, decoded ${when}`, async () => {
    await drawNoise(dir, { red: 20, green: 14, blue: 9 });
    const { account, ...wanted } = await imageFolder(dir, options);
    const streamed = await imageFolderStream(dir, { ...options, decodeFirst });
    assert.deepEqual(streamed.account, account);
    assert.deepEqual(cacheFiles().index, decodeFirst ? [43 * 16] : []);
    const inMemory = await pixelsOf(streamed);
    assert.deepEqual(inMemory, [wanted.train, wanted.validation, wanted.test]);
    assert.deepEqual(cacheFiles(), { u8: [43 * 768], index: [43 * 16] });
    const { x, y } = examplesOf(streamed.train, 'multi');
    assert.deepEqual(y, examplesOf(wanted.train, 'multi').y);
    assert.deepEqual(
      [x.shape, x.dtype, x.scale],
      [[wanted.train.count, 16, 16, 3], 'uint8', 1 / 255],
    );
    const [a, b] = [split(streamed.train, { seed: 2 }), split(wanted.train, { seed: 2 })];
    const order = [5, 3, 3, 4, 0];
    assert.deepEqual(await toImageSet(subset(a.train, order)), subset(b.train, order));
  });
}

test('what was decoded is not decoded again: changed and new files are', async () => {
  await drawNoise(dir, { a: 8, b: 8 });
  const inA = fs.readdirSync(path.join(dir, 'a')).map((name) => path.join(dir, 'a', name));
  for (const file of inA) fs.utimesSync(file, 1_700_000_000, 1_700_000_000);
  const first = await imageFolderStream(dir, options);
  const before = await pixelsOf(first);
  // Decoding would fail: the files keep size and time, and are no images.
  for (const file of inA) {
    fs.writeFileSync(file, Buffer.alloc(fs.statSync(file).size));
    fs.utimesSync(file, 1_700_000_000, 1_700_000_000);
  }
  assert.deepEqual(await pixelsOf(await imageFolderStream(dir, options)), before);
  await drawNoise(dir, { b: 9 }, 7);
  const second = await imageFolderStream(dir, options);
  assert.equal(cacheFiles().u8!.length, 1, 'the earlier store is gone');
  const wanted = await imageFolder(path.join(dir), { ...options, skipBad: true });
  const names = new Set([...second.train.names, ...second.validation.names, ...second.test.names]);
  assert.equal(names.size, 17);
  assert.equal(wanted.account.leftOut.length, 8);
});

test('another size and another folder have stores of their own', async () => {
  await drawNoise(dir, { a: 4, b: 4 });
  await imageFolderStream(dir, options);
  await imageFolderStream(dir, { ...options, size: 8 });
  assert.deepEqual(cacheFiles().u8!.sort(), [8 * 192, 8 * 768].sort());
});

test('a cache that is cut off, half written or removed is made whole', async () => {
  await drawNoise(dir, { a: 8, b: 8 });
  const streamed = await imageFolderStream(dir, options);
  const wanted = await pixelsOf(streamed);
  const files = fs.readdirSync(cache, { recursive: true, encoding: 'utf8' });
  const [data, index] = ['.u8', '.index'].map((ending) =>
    path.join(cache, files.find((name) => name.endsWith(ending))!),
  ) as [string, string];
  fs.truncateSync(data, 5 * 768 + 100);
  assert.deepEqual(await pixelsOf(await imageFolderStream(dir, options)), wanted);
  fs.truncateSync(index, 40);
  assert.deepEqual(await pixelsOf(await imageFolderStream(dir, options)), wanted);
  fs.rmSync(data);
  assert.deepEqual(await pixelsOf(streamed), wanted, 'removed while it is in use');
  fs.rmSync(data);
  assert.deepEqual(await pixelsOf(await imageFolderStream(dir, options)), wanted);
});

test('two at once share a store', async () => {
  await drawNoise(dir, { a: 12, b: 12 });
  const both = await Promise.all([1, 2].map(() => imageFolderStream(dir, options)));
  const [first, second] = await Promise.all(both.map(pixelsOf));
  assert.deepEqual(first, second);
  assert.deepEqual(cacheFiles().u8, [24 * 768]);
});

test('images that cannot be read are named, left out, or found by their batch', async () => {
  await drawNoise(dir, { a: 8, b: 8 });
  for (const name of ['x.png', 'y.png']) fs.writeFileSync(path.join(dir, 'a', name), 'no image');
  await assert.rejects(imageFolderStream(dir, options), {
    code: 'bad-picture',
    message: /^2 of 18 images could not be read:\n.*x\.png .*\n.*y\.png /,
  });
  const { account, ...wanted } = await imageFolder(dir, { ...options, skipBad: true });
  const streamed = await imageFolderStream(dir, { ...options, skipBad: true });
  assert.deepEqual(streamed.account, account);
  assert.deepEqual(await pixelsOf(streamed), [wanted.train, wanted.validation, wanted.test]);
  const late = await imageFolderStream(dir, { ...options, decodeFirst: false });
  await assert.rejects(pixelsOf(late), { code: 'bad-picture', message: /[xy]\.png could not/ });
  await assert.rejects(imageFolderStream(dir, { ...options, skipBad: true, decodeFirst: false }), {
    code: 'bad-option',
  });
  await assert.rejects(imageFolderStream(dir, { size: 0 }), { code: 'bad-option' });
});

test('an interrupt ends the decoding, and what was decoded is kept', async () => {
  await drawNoise(dir, { a: 60, b: 60 });
  const decoding = imageFolderStream(dir, options);
  setTimeout(interrupt, 5);
  const stopped = await decoding.then(
    () => null,
    (error: GradbookError) => error,
  );
  // A fast machine may be done.
  if (stopped) assert.equal(stopped.code, 'interrupted');
  const sets = await imageFolderStream(dir, options);
  assert.equal(sets.train.count + sets.validation.count + sets.test.count, 120);
});

test('a disk without room, or a cache that cannot be written, is told before anything else', async (context) => {
  await drawNoise(dir, { a: 4, b: 4 });
  const full = context.mock.method(realFs, 'statfsSync', () => ({ bavail: 1, bsize: 4096 }));
  await assert.rejects(imageFolderStream(dir, options), (error: GradbookError) => {
    assert.equal(error.code, 'disk-full');
    assert.match(error.message, /8 decoded images take 0\.0 GiB and 0\.0 GiB are free: free some/);
    return true;
  });
  full.mock.restore();
  fs.writeFileSync(path.join(path.dirname(cache), 'file'), '');
  process.env['GRADBOOK_CACHE'] = path.join(path.dirname(cache), 'file');
  await assert.rejects(imageFolderStream(dir, options), { code: 'bad-cache' });
});
