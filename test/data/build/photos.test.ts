import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { readPanorama, testPanoramas, trainingPanoramas } from '../../../lib/data/build/panoramas';
import { readPhotos } from '../../../lib/data/build/photos';
import { srgbByte, toneMap } from '../../../lib/data/build/tone-map';
import { fromHalf } from '../../../lib/data/half';
import type { Picture } from '../../../lib/data/pictures';
import { temporaryFolder } from '../folders';

test('bytes of linear light follow sRGB', () => {
  const encode = (linear: number) =>
    linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
  for (let i = 0; i <= 5000; i++) {
    const linear = (i + 0.37) / 5000.5;
    const exact = encode(linear) * 255;
    // Half a byte, and a bit where the straight part meets the curve.
    assert.ok(Math.abs(srgbByte(linear) - exact) < 0.5001, `${linear}: ${srgbByte(linear)}`);
  }
  assert.deepEqual([0, 1, 5, 1e-9].map(srgbByte), [0, 255, 255, 0]);
});

test('exposure follows the median or the bright fifth, whichever darkens more', () => {
  const greys = (values: number[]) => Float32Array.from(values.flatMap((v) => [v, v, v]));
  const byte = (k: number, v: number) => srgbByte((v * k) / (1 + 0.35 * v * k));
  const dim = [0.1, 0.1, 0.1, 0.1, 0.1, 0.1];
  assert.equal(toneMap(greys(dim))[0], byte(1.8, 0.1));
  const bright = [0.1, 0.1, 0.1, 0.1, 4, 4];
  assert.equal(toneMap(greys(bright))[0], byte(0.85 / 4, 0.1));
  // A pixel with one channel above 8 becomes white.
  const sun = Float32Array.from([...greys(dim), 6, 0, 0]);
  assert.deepEqual([...toneMap(sun).subarray(18)], [255, 255, 255]);
});

test('half floats', () => {
  const values = [0, 0x8000, 0x3c00, 0xc000, 0x7bff, 1, 0x3555, 0x7c00, 0xfc00].map(fromHalf);
  const expected = [0, -0, 1, -2, 65504, 2 ** -24, 0.333251953125, Infinity, -Infinity];
  assert.deepEqual(values, expected);
  assert.ok(Number.isNaN(fromHalf(0x7e01)));
});

test('panoramas stand upright, sky above ground', () => {
  const [dark, large, park] = readPanorama('park') as [Picture, Picture, Picture];
  assert.deepEqual([park.width, park.height, park.rgb.length], [512, 160, 512 * 160 * 3]);
  const mean = (row: number, channel: number) => {
    let sum = 0;
    for (let x = 0; x < 512; x++) sum += park.rgb[(row * 512 + x) * 3 + channel]!;
    return sum / 512;
  };
  assert.ok(mean(5, 2) > mean(5, 0) + 30, 'blue above');
  assert.ok(mean(150, 1) > mean(150, 2) + 30, 'green below');
  assert.deepEqual([large.width, large.height], [1024, 320]);
  // In the middle of four pixels the corner counts nine, three, three and one.
  const at = (photo: Picture, x: number, y: number) => photo.rgb[(y * photo.width + x) * 3]!;
  const sum = 9 * at(dark, 10, 20) + 3 * at(dark, 11, 20) + 3 * at(dark, 10, 21) + at(dark, 11, 21);
  assert.equal(at(large, 21, 41), Math.floor((sum + 8) / 16));
  assert.equal(at(large, 0, 0), at(dark, 0, 0));
  assert.ok(at(dark, 10, 20) < at(park, 10, 20), 'a shorter exposure is darker');
  assert.equal(new Set([...trainingPanoramas, ...testPanoramas]).size, 18);
  assert.throws(() => readPanorama('moon'), { code: 'missing-panorama' });
});

test('user photos are read in the order of their names', async (context) => {
  const dir = temporaryFolder(context);
  const draw = (name: string, width: number, background: string) =>
    sharp({ create: { width, height: 70, channels: 3, background } }).toFile(path.join(dir, name));
  await draw('b.png', 90, '#00ff00');
  await draw('a.webp', 80, '#ff0000');
  await draw('C.png', 400, '#0000ff');
  fs.writeFileSync(path.join(dir, 'readme.txt'), 'passed over');
  const photos = await readPhotos(dir, { size: 64 });
  assert.deepEqual(
    photos.map(({ name, width, height }) => [name, width, height]),
    [
      ['C.png', 400, 70],
      ['a.webp', 80, 70],
      ['b.png', 90, 70],
    ],
  );
  assert.deepEqual([...photos[2]!.rgb.subarray(0, 3)], [0, 255, 0]);
  const narrow = readPhotos(dir, { size: 35, photoWidth: 200 });
  assert.deepEqual(
    (await narrow).map(({ width }) => width),
    [200, 80, 90],
  );

  await assert.rejects(readPhotos(dir, { size: 71 }), {
    code: 'bad-picture',
    message: /C\.png has/,
  });
  fs.writeFileSync(path.join(dir, 'broken.jpg'), 'no image');
  await assert.rejects(readPhotos(dir, { size: 8 }), { message: /broken\.jpg could not be read/ });
  await assert.rejects(readPhotos(path.join(dir, 'x'), { size: 8 }), { code: 'no-photos' });
});
