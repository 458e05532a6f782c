import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type TestContext, test } from 'node:test';
import sharp from 'sharp';
import { compareMasks, imagesToPic, overlayMasks } from '../../lib/plots';
import { temporaryFolder } from '../temporary-folder';

function folder(context: TestContext): string {
  const dir = temporaryFolder('gradbook-course');
  context.after(() => fs.rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** The pixels of a file, one row of pixels per line, each pixel as `r,g,b`. */
async function pixelsOf(file: string): Promise<string[][]> {
  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
  assert.equal(info.channels, 3);
  return Array.from({ length: info.height }, (_, y) =>
    Array.from({ length: info.width }, (_, x) =>
      [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)].join(),
    ),
  );
}

test('imagesToPic: images row by row, levels rounded and clipped, black at the end', async (context) => {
  const file = path.join(folder(context), 'new', 'grid.png');
  const values = new Float32Array([
    ...[0, 0.5, 1, 0.1, 0.2, 0.3],
    ...[1, 0, 0, 0, 1, 0],
    ...[-1, 2, 0.25, 1, 1, 1],
  ]);
  const picture = await imagesToPic(file, { shape: [3, 1, 2, 3], values }, 2);
  assert.deepEqual([picture.width, picture.height], [4, 2]);
  assert.deepEqual(fs.readFileSync(file), picture.png);
  assert.deepEqual(await pixelsOf(file), [
    ['0,128,255', '26,51,77', '255,0,0', '0,255,0'],
    ['0,255,64', '255,255,255', '0,0,0', '0,0,0'],
  ]);
  assert.deepEqual(fs.readdirSync(path.dirname(file)), ['grid.png']);
});

test('imagesToPic: bytes with a scale keep their bytes; one channel is grey; lines stay lines', async (context) => {
  const file = path.join(folder(context), 'bytes.png');
  const values = Uint8Array.from({ length: 256 }, (_, i) => i);
  await imagesToPic(file, { shape: [1, 128, 2, 1], values, scale: 1 / 255 }, 1);
  const lines = await pixelsOf(file);
  assert.equal(lines.length, 128);
  assert.deepEqual(
    lines.flat(),
    Array.from(values, (value) => [value, value, value].join()),
  );
});

test('compareMasks: red only in the first, green only in the second, white in both', async (context) => {
  const file = path.join(folder(context), 'masks.png');
  const a = { shape: [2, 2, 2, 1], values: [1, 0, 1, 0, 0.5, 0.49, 0.9, 0.1] };
  const b = { shape: [2, 2, 2, 1], values: [0, 1, 1, 0, 1, 1, 0, 0] };
  await compareMasks(file, a, b);
  const [red, green, white, black] = ['255,0,0', '0,255,0', '255,255,255', '0,0,0'];
  const rest = Array(16).fill(black);
  assert.deepEqual(await pixelsOf(file), [
    [red, green, white, green, ...rest],
    [white, black, red, black, ...rest],
  ]);
  await compareMasks(file, a, b, 1);
  assert.deepEqual(await pixelsOf(file), [
    ...[
      [red, green],
      [white, black],
    ],
    ...[
      [white, green],
      [red, black],
    ],
  ]);
});

test('overlayMasks: outside, red goes half way to 1, green and blue are a tenth', async (context) => {
  const file = path.join(folder(context), 'overlay.png');
  const values = new Float32Array([0.2, 0.4, 0.6, 0.2, 0.4, 0.6, 0, 1, 1, 1, 0, 0.5]);
  const masks = { shape: [2, 1, 2, 1], values: new Uint8Array([1, 0, 0, 0]) };
  await overlayMasks(file, { shape: [2, 1, 2, 3], values }, masks, 2);
  assert.deepEqual(await pixelsOf(file), [['51,102,153', '153,10,15', '128,26,26', '255,0,13']]);
});

test('wrong shapes and widths leave the old file', async (context) => {
  const file = path.join(folder(context), 'kept.png');
  fs.writeFileSync(file, 'old');
  const images = { shape: [1, 1, 2, 3], values: new Float32Array(6) };
  const masks = { shape: [1, 1, 2, 1], values: new Uint8Array(2) };
  const bad = { code: 'bad-shape' };
  await assert.rejects(imagesToPic(file, { ...images, shape: [1, 2, 3] }), bad);
  await assert.rejects(imagesToPic(file, { ...images, shape: [2, 1, 2, 3] }), bad);
  await assert.rejects(imagesToPic(file, images, 0), { code: 'bad-width' });
  await assert.rejects(imagesToPic(file, images, 1.5), { code: 'bad-width' });
  await assert.rejects(compareMasks(file, masks, images), bad);
  await assert.rejects(compareMasks(file, masks, { ...masks, shape: [1, 2, 1, 1] }), bad);
  await assert.rejects(overlayMasks(file, masks, masks), bad);
  await assert.rejects(overlayMasks(file, images, { shape: [1, 1, 1, 1], values: [1] }), bad);
  assert.equal(fs.readFileSync(file, 'utf8'), 'old');
});
