import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compose } from '../../../lib/data/build/compose';
import { readIcon, trimSprite } from '../../../lib/data/build/icons';
import { readForms } from '../../../lib/data/build/species';

/** A photo whose red is the column and whose green is the row; no sprite has its blue. */
function gridPhoto(width: number, height: number, blue: number) {
  const rgb = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return [pixel % width, Math.floor(pixel / width), blue][i % 3]!;
  });
  return { name: `photo ${blue}`, width, height, rgb };
}

/** A sprite of which every second pixel can be seen, its red the column and its green the row. */
function chequered(width: number, height: number, blue: number) {
  const rgba = Uint8Array.from({ length: width * height * 4 }, (_, i) => {
    const pixel = Math.floor(i / 4);
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    return [x, y, blue, (x + y) % 2 === 0 ? 255 : 0][i % 4]!;
  });
  return { width, height, rgba };
}

const size = 10;
const photos = [gridPhoto(13, 10, 200), gridPhoto(10, 12, 201)];
const sprites = [chequered(7, 5, 100), chequered(9, 9, 101), chequered(3, 8, 102)];
const count = 2000;
const { images, masks, forms } = compose({ seed: 3, count, size, sprites, photos });

test('an image is a crop of one photo with one complete sprite, given by the mask', () => {
  const crops = new Set<string>();
  const places = new Set<string>();
  for (let n = 0; n < count; n++) {
    const image = images.subarray(n * 300, (n + 1) * 300);
    const mask = masks.subarray(n * 100, (n + 1) * 100);
    const sprite = sprites[forms[n]!]!;
    const offsets = [new Set<string>(), new Set<string>()] as const;
    for (let pixel = 0; pixel < 100; pixel++) {
      const [red, green, blue] = image.subarray(pixel * 3, pixel * 3 + 3) as unknown as number[];
      const [x, y] = [pixel % size, Math.floor(pixel / size)];
      const seen = mask[pixel] === 1;
      assert.equal(blue! >= 200, !seen);
      if (seen) assert.equal(blue, 100 + forms[n]!);
      offsets[seen ? 1 : 0].add(
        seen ? `${x - red!},${y - green!}` : `${blue},${red! - x},${green! - y}`,
      );
    }
    assert.deepEqual([offsets[0].size, offsets[1].size], [1, 1], `image ${n}`);
    crops.add([...offsets[0]][0]!);
    places.add(`${forms[n]},${[...offsets[1]][0]}`);
    const visible = Math.ceil((sprite.width * sprite.height) / 2);
    assert.equal(
      mask.reduce((sum, value) => sum + value, 0),
      visible,
    );
  }
  // Every crop occurs: 4 of the first photo, 3 of the second. A sprite lies at 0 to 9 − its side.
  assert.deepEqual([...crops].sort(), [
    '200,0,0',
    '200,1,0',
    '200,2,0',
    '200,3,0',
    '201,0,0',
    '201,0,1',
    '201,0,2',
  ]);
  assert.equal(places.size, 3 * 5 + 1 * 1 + 7 * 2);
  assert.ok(places.has('0,2,4') && places.has('1,0,0') && places.has('2,6,1'));
});

test('the seed decides, and a smaller set is the beginning of a larger one', () => {
  const few = compose({ seed: 3, count: 5, size, sprites, photos });
  assert.deepEqual(few.images, images.slice(0, 5 * 300));
  assert.deepEqual(few.masks, masks.slice(0, 5 * 100));
  const other = compose({ seed: 4, count: 5, size, sprites, photos });
  assert.notDeepEqual(other.images, few.images);
});

test('the images at the end, the test set, have separate photos', () => {
  const [first, second] = photos as [(typeof photos)[0], (typeof photos)[0]];
  const options = { seed: 5, count: 40, size, sprites, photos: [first], testPhotos: [second] };
  const set = compose({ ...options, testCount: 12 });
  for (let n = 0; n < 40; n++) {
    const blues = set.images.subarray(n * 300, (n + 1) * 300).filter((_, i) => i % 3 === 2);
    const found = new Set([...blues].filter((blue) => blue >= 200));
    assert.deepEqual([...found], [n < 28 ? 200 : 201], `image ${n}`);
  }
});

test('rejects images that are smaller than a sprite', () => {
  const options = { seed: 1, count: 1, size: 9, sprites, photos };
  assert.throws(() => compose(options), { code: 'bad-size', message: /give at least 10/ });
});

test('a sprite is cut to what can be seen, pure black lifted', () => {
  const rgba = new Uint8Array(5 * 4 * 4);
  const set = (x: number, y: number, ...pixel: number[]) => rgba.set(pixel, (y * 5 + x) * 4);
  set(1, 2, 0, 0, 0, 255);
  set(3, 1, 7, 0, 0, 255);
  set(4, 3, 8, 8, 8, 0);
  const sprite = trimSprite({ width: 5, height: 4, rgba });
  assert.deepEqual([sprite.width, sprite.height], [3, 2]);
  assert.deepEqual([...sprite.rgba.subarray(8, 12)], [7, 0, 0, 255]);
  assert.deepEqual([...sprite.rgba.subarray(12, 16)], [1, 1, 1, 255]);
  assert.equal(sprite.rgba[3], 0);
});

test('every form has an icon of whole and no half visible pixels', async () => {
  const forms = readForms();
  assert.equal(forms.length, 116);
  for (const { icon } of forms) {
    const { rgba, width, height } = await readIcon(icon);
    assert.ok(width > 8 && width <= 68 && height > 8 && height <= 56, icon);
    const alphas = new Set(rgba.filter((_, i) => i % 4 === 3));
    assert.ok(
      [...alphas].every((alpha) => alpha === 0 || alpha === 255),
      icon,
    );
  }
  await assert.rejects(readIcon('missingno'), { code: 'missing-icon' });
});
