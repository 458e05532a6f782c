import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cutSprite, Scene } from '../../lib/live/browser/page/scene';

const side = 8;
const grey = new Uint8Array(side * side * 3).fill(100);
const pixelAt = (pixels: Uint8Array, x: number, y: number) => [
  ...pixels.subarray((y * side + x) * 3, (y * side + x) * 3 + 3),
];
const red = {
  name: 'red',
  width: 2,
  height: 2,
  pixels: Uint8Array.of(...dot(255), ...dot(255), ...dot(255), 0, 0, 0, 0),
};

function dot(red: number): number[] {
  return [red, 0, 0, 255];
}

describe('the scene of the live page', () => {
  test('gives an image that was left alone byte for byte, and no view of it', () => {
    const picture = grey.map((_, i) => i % 251);
    const scene = new Scene(side, side, picture);
    const found = scene.compose();
    assert.deepEqual(found, picture);
    found.fill(0);
    assert.deepEqual(scene.compose(), picture);
  });

  test('lays the sprite over it where it is moved, its open pixels left free', () => {
    const scene = new Scene(side, side, grey);
    scene.putSprite(red);
    scene.moveTo(1, 1);
    const found = scene.compose();
    assert.deepEqual(pixelAt(found, 0, 0), [255, 0, 0]);
    assert.deepEqual(pixelAt(found, 0, 1), [255, 0, 0]);
    assert.deepEqual(pixelAt(found, 1, 1), [100, 100, 100]);
    scene.moveTo(-5, 900);
    assert.deepEqual([scene.x, scene.y], [0, side]);
    // A part of it is outside, and no other row gets it.
    assert.deepEqual(pixelAt(scene.compose(), side - 1, side - 2), [100, 100, 100]);
  });

  test('makes it larger by whole pixels, within bounds', () => {
    const scene = new Scene(side, side, grey);
    scene.putSprite(red);
    scene.resize(2);
    const found = scene.compose();
    assert.deepEqual(pixelAt(found, 2, 2), [255, 0, 0]);
    assert.deepEqual(pixelAt(found, 3, 3), [255, 0, 0]);
    assert.deepEqual(pixelAt(found, 5, 5), [100, 100, 100]);
    scene.resize(100);
    assert.equal(scene.scale, 3);
    scene.resize(1e-4);
    assert.equal(scene.scale, 1 / 3);
  });

  test('paints without gaps, over the sprite, until it is cleared', () => {
    const scene = new Scene(side, side, grey);
    scene.putSprite(red);
    scene.stroke([0.5, 4.5], [7.5, 4.5], 0.5, [1, 2, 3]);
    const found = scene.compose();
    for (let x = 0; x < side; x++) assert.deepEqual(pixelAt(found, x, 4), [1, 2, 3]);
    assert.deepEqual(pixelAt(found, 0, 3), [100, 100, 100]);
    scene.clearPaint();
    scene.sprite = null;
    assert.deepEqual(scene.compose(), grey);
  });

  test('begins again with another image, and keeps the sprite over another photo', () => {
    const scene = new Scene(side, side, grey);
    scene.putSprite(red);
    scene.stroke([0, 0], [0, 0], 1, [1, 2, 3]);
    const other = grey.map(() => 7);
    scene.showBehind(other, 'Photo 1');
    assert.deepEqual(pixelAt(scene.compose(), 3, 3), [255, 0, 0]);
    scene.show(other, 'Eevee: Normal');
    assert.deepEqual(scene.compose(), other);
    assert.equal(scene.title, 'Eevee: Normal');
  });
});

test('a sprite is cut as close as its mask allows', () => {
  const pixels = grey.map((_, i) => i % 256);
  const mask = new Uint8Array(side * side);
  mask[2 * side + 3] = 1;
  mask[3 * side + 5] = 1;
  const sprite = cutSprite('two', pixels, mask, side)!;
  assert.deepEqual([sprite.width, sprite.height], [3, 2]);
  const at = (2 * side + 3) * 3;
  assert.deepEqual([...sprite.pixels.subarray(0, 4)], [...pixels.subarray(at, at + 3), 255]);
  assert.deepEqual([...sprite.pixels.subarray(4, 8)], [0, 0, 0, 0]);
  assert.equal(cutSprite('none', pixels, new Uint8Array(side * side), side), null);
});
