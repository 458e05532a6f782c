import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import sharp from 'sharp';
import {
  camRows,
  channelGrid,
  imageGrid,
  maskOverlay,
  multiLabelGrid,
  type Picture,
  predictionGrid,
  segmentationOverlay,
  worstMistakes,
  worstRows,
} from '../../lib/plots';
import { pictures, predictions } from './examples';

/** The pixels of an image: `at(x, y)` gives red, green, blue and alpha. */
async function pixels(picture: Picture) {
  const { data, info } = await sharp(picture.png)
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  assert.deepEqual([info.width, info.height], [picture.width, picture.height]);
  const at = (x: number, y: number): number[] =>
    Array.from(data.subarray((y * info.width + x) * 4, (y * info.width + x) * 4 + 4));
  const colours = new Set<string>();
  for (let i = 0; i < data.length; i += 4) colours.add(data.subarray(i, i + 4).join(','));
  return { at, colours };
}

const set = pictures();

describe('imageGrid', () => {
  it('enlarges without smoothing: each pixel becomes a square of one colour', async () => {
    const picture = await imageGrid(set, { rows: [1], scale: 8, caption: () => [] });
    assert.deepEqual([picture.width, picture.height], [40, 40]);
    const { at, colours } = await pixels(picture);
    assert.deepEqual(at(4, 4), [255, 255, 255, 255]);
    assert.deepEqual(at(11, 11), [255, 255, 255, 255]);
    assert.deepEqual(at(12, 11), [50, 100, 170, 255]);
    assert.deepEqual(at(0, 0), [0, 0, 0, 0]);
    assert.equal(colours.size, 3);
  });

  it('shows small images at 128 pixels, and as many in a row as fit', async () => {
    const picture = await imageGrid(set, { caption: () => [] });
    assert.equal(picture.width, 6 * 128 + 5 * 12 + 8);
    assert.ok(picture.width <= 900);
    const two = await imageGrid(set, { columns: 2, caption: () => [] });
    assert.equal(two.height, 3 * 128 + 2 * 12 + 8);
  });

  it('writes names and classes below, in the grey of the theme, without any font', async () => {
    const { at, colours } = await pixels(await imageGrid(set, { rows: [0] }));
    assert.ok(colours.has('118,122,128,255'));
    const light = await pixels(await imageGrid(set, { rows: [0], theme: 'light' }));
    assert.ok(light.colours.has('36,41,47,255'));
    assert.deepEqual(light.at(0, 0), [255, 255, 255, 255]);
    assert.equal(at(0, 0)[3], 0);
  });

  it('takes floats from 0 to 1 and grey images', async () => {
    const images = Float32Array.from([0, 0.5, 1, 0.2]);
    const grey = { images, height: 2, width: 2, channels: 1 as const };
    const { at } = await pixels(await imageGrid(grey, { scale: 2 }));
    assert.deepEqual(at(6, 4), [128, 128, 128, 255]);
  });

  it('refuses rows and sizes that are not there', async () => {
    await assert.rejects(imageGrid(set, { rows: [6] }), {
      code: 'row-out-of-range',
      message: 'image 6 of 6: give a row from 0 to 5',
    });
    await assert.rejects(imageGrid({ ...set, width: 5 }), { code: 'bad-shape' });
  });
});

describe('predictionGrid', () => {
  it('frames correct ones solid and wrong ones dashed', async () => {
    const picture = await predictionGrid(set, predictions(), { rows: [0, 5], columns: 2 });
    assert.match(picture.alt, /2 images, 1 right and 1 wrong/);
    const { at } = await pixels(picture);
    const edge = (x: number) => Array.from({ length: 12 }, (_, i) => at(x + i, 2).join());
    assert.deepEqual([...new Set(edge(4))], ['0,158,115,255']);
    assert.deepEqual(new Set(edge(4 + 128 + 12)), new Set(['213,94,0,255', '0,0,0,0']));
  });

  it('finds the worst mistakes first', async () => {
    assert.deepEqual(worstRows(set, predictions(), 5), [5, 4]);
    assert.match((await worstMistakes(set, predictions())).alt, /2 mistakes, the worst first/);
    const none = await worstMistakes({ ...set, primary: [0, 1, 2, 3, 1, 0] }, predictions());
    assert.match(none.alt, /no mistakes/);
  });

  it('refuses predictions for another number of classes', async () => {
    await assert.rejects(predictionGrid(set, { values: [1, 0], shape: [1, 2] }), {
      code: 'bad-shape',
    });
  });
});

describe('multiLabelGrid', () => {
  it('reports for how many images all classes are correct', async () => {
    const values = Float32Array.from([0.9, 0.6, 0, 0, 0, 0.4, 0, 0, ...new Array(16).fill(0)]);
    const picture = await multiLabelGrid(set, { values, shape: [6, 4] }, { rows: [0, 1] });
    assert.match(picture.alt, /2 images, all classes right for 1/);
  });
});

describe('masks', () => {
  const mask = new Uint8Array(6 * 16);
  mask.set([0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0]);

  it('grey out the background', async () => {
    const { at } = await pixels(await maskOverlay(set, mask, { rows: [0], scale: 8 }));
    assert.deepEqual(at(4 + 12, 4 + 12), [10, 100, 200, 255]);
    assert.notDeepEqual(at(4 + 28, 4 + 28), [10, 100, 200, 255]);
  });

  it('give the IoU of truth and prediction', async () => {
    const found = mask.slice();
    found[5] = 0;
    const overlay = await segmentationOverlay(set, mask, found, { rows: [0], scale: 40 });
    const same = await segmentationOverlay(set, mask, found, {
      rows: [0],
      scale: 40,
      caption: () => 'IoU 0.7500',
    });
    assert.deepEqual(overlay.png, same.png);
  });
});

describe('channelGrid', () => {
  it('hatches a channel that is dead', async () => {
    const values = Float32Array.from({ length: 2 * 2 * 3 }, (_, i) => (i % 3 === 1 ? 0 : i));
    const picture = await channelGrid({ values, shape: [1, 2, 2, 3] });
    assert.match(picture.alt, /3 of 3 channels of 2×2, 1 of them flat/);
    const kernel = await channelGrid({ values, shape: [2, 1, 3, 2] });
    assert.match(kernel.alt, /2 of 2 channels of 2×1/);
    await assert.rejects(channelGrid({ values, shape: [12] }), { code: 'bad-shape' });
  });
});

describe('camRows', () => {
  const values = new Float32Array(6 * 4);
  values.set([0, 0, 0, 1]);
  values.fill(Number.NaN, 4, 8);
  const map = { values, shape: [6, 2, 2] };

  it('does not draw a map that is flat or not a number', async () => {
    const picture = await camRows(
      set,
      { 'Grad-CAM': map },
      { predictions: predictions(), count: 3 },
    );
    assert.match(picture.alt, /3 images with Grad-CAM; 2 maps are flat or not numbers/);
    const { at } = await pixels(await camRows(set, { flat: map }, { rows: [2] }));
    for (let y = 24; y < 150; y++) {
      for (let x = 142; x < 266; x++) {
        const [red, green, blue] = at(x, y);
        assert.ok(Math.abs(red! - green!) < 16 && Math.abs(green! - blue!) < 16, `${x}, ${y}`);
      }
    }
  });

  it('shows the status of a map', async () => {
    const maps = {
      maps: values,
      shape: [6, 2, 2],
      status: ['dead-layer', 'ok', 'ok', 'ok', 'ok', 'ok'],
    };
    const picture = await camRows(set, { 'Grad-CAM': maps }, { rows: [0] });
    assert.match(picture.alt, /1 maps are flat/);
  });

  it('refuses maps of another shape or for fewer images', async () => {
    await assert.rejects(camRows(set, { a: { values, shape: [24] } }), { code: 'bad-shape' });
    await assert.rejects(camRows(set, { a: { values, shape: [1, 2, 2] } }, { rows: [1] }), {
      code: 'row-out-of-range',
    });
  });
});
