import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compose } from '../../../lib/data/build/compose';
import { readIcon } from '../../../lib/data/build/icons';
import { readPanorama, testPanoramas, trainingPanoramas } from '../../../lib/data/build/panoramas';
import { pokemonTypes, readForms } from '../../../lib/data/build/species';

// Statistics of the course's data set, compared with the built one.

const forms = readForms();

const count = 4500;
const drawn = Promise.all(forms.map(({ icon }) => readIcon(icon))).then((sprites) =>
  compose({
    ...{ seed: 1, count, size: 64, sprites, testCount: 500 },
    photos: trainingPanoramas.flatMap(readPanorama),
    testPhotos: testPanoramas.flatMap(readPanorama),
  }),
);

function near(what: string, value: number, expected: number, tolerance: number) {
  assert.ok(Math.abs(value - expected) <= tolerance, `${what} is ${value}, expected ${expected}`);
}

test('forms by primary type; Flying is never the first', () => {
  const byType = pokemonTypes.map((type) => forms.filter(({ primary }) => primary === type).length);
  assert.deepEqual(byType, [12, 9, 12, 0, 10, 8, 20, 14, 9, 22]);
});

test('images by form, type and number of types', async () => {
  const composed = await drawn;
  const byForm = forms.map(() => 0);
  for (const form of composed.forms) byForm[form]!++;
  const expected = count / forms.length;
  // Chi-squared of a uniform draw: 115 degrees of freedom, 99.9 % below 167.6.
  const chi = byForm.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
  assert.ok(chi < 167.6, `chi-squared ${chi}`);
  const two = composed.forms.filter((form) => forms[form]!.secondary !== '').length;
  near('share with two types', two / count, 0.4, 0.02);
});

test('the sprites cover about a tenth of the images', async () => {
  const { masks } = await drawn;
  near('coverage', masks.reduce((sum, value) => sum + value, 0) / masks.length, 0.109, 0.005);
});

test('light, contrast and colour are near those of the real photos', async () => {
  const { images } = await drawn;
  const sums = [0, 0, 0];
  const means: number[] = [];
  let contrast = 0;
  let saturation = 0;
  for (let picture = 0; picture < count; picture++) {
    let [sum, squares] = [0, 0];
    for (let at = picture * 12288; at < (picture + 1) * 12288; at += 3) {
      const [r, g, b] = [images[at]!, images[at + 1]!, images[at + 2]!];
      sums[0]! += r;
      sums[1]! += g;
      sums[2]! += b;
      const light = 0.299 * r + 0.587 * g + 0.114 * b;
      sum += light;
      squares += light * light;
      const most = Math.max(r, g, b);
      if (most > 0) saturation += (most - Math.min(r, g, b)) / most;
    }
    const mean = sum / 4096;
    means.push(mean);
    contrast += Math.sqrt(squares / 4096 - mean * mean) / count;
  }
  means.sort((a, b) => a - b);
  const pixels = count * 4096;
  [115, 117, 110].forEach((aim, channel) => {
    near(`mean of channel ${channel}`, sums[channel]! / pixels, aim, 20);
  });
  near('luminance at 10 %', means[450]!, 47, 35);
  near('luminance at 50 %', means[2250]!, 112, 10);
  near('luminance at 90 %', means[4050]!, 185, 20);
  near('contrast', contrast, 33, 15);
  near('saturation', saturation / pixels, 0.196, 0.08);
});
