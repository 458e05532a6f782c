import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { describe, it } from 'node:test';
import sharp from 'sharp';
import { barSpread, confusionMatrix, embeddingScatter, renderPng } from '../../lib/plots';
import { inWorkspace } from '../../lib/runtime';

const lib = inWorkspace('.venv/lib');
const installed =
  fs.existsSync(lib) &&
  fs
    .readdirSync(lib)
    .some((python) => fs.existsSync(`${lib}/${python}/site-packages/kaleido/executable`));

describe('renderPng', { skip: installed ? false : 'kaleido is not installed in .venv' }, () => {
  it('draws several figures at one start', { timeout: 60_000 }, async () => {
    const figures = [barSpread({ a: [1, 2] }), confusionMatrix([[1]], { theme: 'light' })];
    const pictures = await renderPng(figures, { scale: 1 });
    for (const [i, picture] of pictures.entries()) {
      const { width, height } = await sharp(picture.png).metadata();
      assert.deepEqual([width, height], [picture.width, picture.height]);
      assert.equal(picture.width, figures[i]!.layout['width']);
      const { channels } = await sharp(picture.png).stats();
      assert.ok(
        channels.some(({ stdev }) => stdev > 1),
        'an empty image',
      );
    }
  });

  it('names the figure that could not be drawn', { timeout: 60_000 }, async () => {
    const points = { values: [0, 0, 1, 1], shape: [2, 2] };
    const set = { primary: [0, 0], classNames: ['a'] };
    const bad = {
      ...embeddingScatter(points, set, { width: 64, height: 64 }),
      alt: 'a bad figure',
    };
    await assert.rejects(renderPng([bad]), /"a bad figure" could not be rendered/);
  });
});
