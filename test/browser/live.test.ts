import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { loadPokemon } from '../../lib/data';
import { mapsOf, outputsOf, picturesTensor, prepareNetwork } from '../../lib/live';
import { loadModel } from '../../lib/models';
import { writeLive } from '../../lib/run/site/live/write-live';
import { type LiveSite, liveSite, networks, side } from '../live/site';
import { LivePage, openBrowser } from './live-page';

// The live page opened as a file, its networks small and with weights from a seed.

const names = Object.keys(networks);
const size = [side, side] as const;
const methods = ['grad-cam', 'layer-cam', 'occlusion'] as const;
const tolerance = 1e-3;
/** A map by occlusion is made of small differences of large numbers. */
const tolerances = [tolerance, tolerance, 10 * tolerance];
/** Images that are compared; occlusion runs a network two hundred times for each. */
const compared = { 'grad-cam': 20, 'layer-cam': 20, occlusion: 2 };

let browser: Browser;
let site: LiveSite;
let address: string;
before(async () => {
  site = await liveSite(names);
  fs.mkdirSync(path.join(site.out, 'assets'));
  const assets = path.join(site.out, 'assets');
  for (const file of ['site.css', 'theme.js', 'search.js']) {
    const from = path.join(__dirname, '../../lib/run/site/assets', file);
    fs.copyFileSync(from, path.join(assets, file));
  }
  // As in a report without prose.
  fs.copyFileSync(
    require.resolve('minisearch').replace(/cjs.index\.cjs$/, 'umd/index.js'),
    path.join(assets, 'minisearch.js'),
  );
  fs.writeFileSync(path.join(assets, 'search-index.js'), 'const gradbookSearch = [];\n');
  assert.equal(await writeLive(site.summary, site.out, site.cache, site.data), true);
  address = `file://${path.join(site.out, 'try.html')}`;
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  fs.rmSync(path.dirname(site.out), { recursive: true, force: true });
});

/** Largest difference of two arrays; Infinity where one holds no number. */
function farthest(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  assert.equal(found.length, wanted.length);
  return Array.from(wanted).reduce((most, value, i) => {
    const far = Math.abs(found[i]! - value);
    return Number.isNaN(far) ? Number.POSITIVE_INFINITY : Math.max(most, far);
  }, 0);
}

/** A image in bytes as PNG. */
function png(pixels: Uint8Array, width: number, height = width): Promise<Buffer> {
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

describe('the numbers of the live page', () => {
  for (const backend of ['wasm', 'cpu', 'webgl'] as const) {
    test(`are Node's on twenty images, by ${backend}`, async (t) => {
      const { test: set } = await loadPokemon({ dir: site.data, seed: 0 });
      const live = await LivePage.open(browser, `${address}?backend=${backend}`);
      assert.equal(await live.text('backend'), backend);
      for (const name of names) {
        const { model } = await loadModel(name);
        const prepared = prepareNetwork(model, size);
        const count = 20;
        const pixels = set.images.slice(0, count * side * side * 3);
        const images = picturesTensor(pixels, size);
        const outputs = outputsOf(prepared, images);
        const wanted = methods.map((method) => mapsOf(prepared, images, outputs, { method }));
        images.dispose();
        model.dispose();
        const found = await live.page.evaluate(
          async ([name, given, methods, pixelCount, asked]) => {
            // biome-ignore lint/suspicious/noExplicitAny: the page's own object
            const { engine, data } = (globalThis as any).gradbookLive;
            await engine.load(data.networks.find((one: { name: string }) => one.name === name));
            const outputs: number[][] = [];
            const maps: number[][][] = methods.map(() => []);
            const tensors: number[] = [];
            for (let i = 0; i < asked[0]!.length; i++) {
              const pixels = Uint8Array.from(given.slice(i * pixelCount, (i + 1) * pixelCount));
              for (const [m, method] of methods.entries()) {
                const target = asked[m]![i];
                if (target === undefined) continue;
                const request = { name, pixels, method, target, patch: null, stride: null };
                const reply = await engine.answer(request, (early: { output: number[] }) => {
                  if (m === 0) outputs.push([...early.output]);
                });
                maps[m]!.push([...reply.map]);
                tensors.push(reply.tensors);
              }
            }
            return { outputs, maps, tensors };
          },
          [
            name,
            [...pixels],
            [...methods],
            side * side * 3,
            wanted.map(({ targets }, m) => targets.slice(0, compared[methods[m]!])),
          ] as const,
        );
        const far = farthest(found.outputs.flat(), outputs);
        const farMaps = wanted.map(({ maps }, m) => {
          const some = maps.subarray(0, compared[methods[m]!] * side * side);
          return farthest(found.maps[m]!.flat(), some);
        });
        t.diagnostic(
          `${name}: outputs ${far.toExponential(1)}, maps ${farMaps.map((one) => one.toExponential(1))}`,
        );
        assert.ok(far < tolerance && farMaps.every((one, m) => one < tolerances[m]!), name);
        assert.equal(new Set(found.tensors).size, 1, 'tensors are left behind');
      }
      await live.close();
    });
  }

  test('are compared by the page itself, which says how far they lie apart', async () => {
    const live = await LivePage.open(browser, address);
    for (const name of names) {
      await live.page.selectOption('#network', name);
      const { outputs, maps } = await live.compared(name);
      assert.ok(outputs < tolerance && maps < tolerance, `${name}: ${outputs}, ${maps}`);
      assert.match(await live.text('difference'), /from Node \(TensorFlow 2\.[\d.]+\): outputs/);
    }
    await live.close();
  });

  test('come from the page itself where a browser allows no worker', async () => {
    const live = await LivePage.open(browser, address, {}, 'delete globalThis.Worker');
    const { outputs, maps } = await live.compared(names[0]!);
    assert.ok(outputs < tolerance && maps < tolerance);
    await live.close();
  });

  test('come from any static host as well', async () => {
    const server = http.createServer((request, response) => {
      const file = path.join(site.out, new URL(request.url!, 'http://host').pathname);
      fs.createReadStream(file)
        .on('error', () => response.writeHead(404).end())
        .pipe(response);
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    try {
      const { port } = server.address() as AddressInfo;
      const live = await LivePage.open(browser, `http://127.0.0.1:${port}/try.html`);
      assert.ok((await live.compared(names[0]!)).outputs < tolerance);
      await live.page.close();
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('images of the reader', () => {
  test('are answered as they are when they have the right size', async () => {
    const live = await LivePage.open(browser, address);
    const { test: set } = await loadPokemon({ dir: site.data, seed: 0 });
    const pixels = set.images.slice(5 * side * side * 3, 6 * side * side * 3);
    await live.drop('mine.png', await png(pixels, side));
    await live.page.waitForFunction(
      "document.querySelector('#picture-name').textContent === 'mine.png'",
    );
    await live.shown();
    const shown = (await live.pixels('picture')).filter((_, i) => i % 4 < 3);
    assert.deepEqual(shown, [...pixels]);
    const { model } = await loadModel(names[0]!);
    const images = picturesTensor(pixels, size);
    const wanted = outputsOf(prepareNetwork(model, size), images);
    images.dispose();
    model.dispose();
    assert.ok(farthest(await live.bars(), wanted) < tolerance);
    await live.close();
  });

  test('that are huge, or no square, are shrunk to their middle', async () => {
    const live = await LivePage.open(browser, address);
    const wide = {
      create: { width: 6000, height: 4000, channels: 3, background: '#208040' },
    } as const;
    const left = {
      create: { width: 900, height: 4000, channels: 3, background: '#ff0000' },
    } as const;
    const stripe = await sharp(left).png().toBuffer();
    const huge = await sharp(wide)
      .composite([{ input: stripe, left: 0, top: 0 }])
      .png()
      .toBuffer();
    await live.drop('huge.png', huge);
    await live.page.waitForFunction(
      "document.querySelector('#picture-name').textContent === 'huge.png'",
    );
    await live.shown();
    const pixels = await live.pixels('picture');
    const rgb = (at: number) => pixels.slice(at * 4, at * 4 + 3);
    // A third of the width is cut off, with all of the stripe.
    for (const at of [0, side - 1, side * side - 1]) assert.deepEqual(rgb(at), [32, 128, 64]);
    await live.close();
  });

  test('that cannot be read are named, and what was there stays', async () => {
    const live = await LivePage.open(browser, address);
    const before = await live.pixels('picture');
    await live.drop('broken.png', Buffer.from('no image'));
    await live.page.waitForSelector('#message:has-text("broken.png is no image")');
    const half = (await png(new Uint8Array(300 * 300 * 3), 300)).subarray(0, 40);
    await live.drop('half.png', half);
    await live.page.waitForSelector('#message:has-text("half.png is no image")');
    await live.page.evaluate(
      `dispatchEvent(new DragEvent('drop', { dataTransfer: new DataTransfer() }))`,
    );
    await live.page.waitForSelector('#message:has-text("holds no file")');
    assert.deepEqual(await live.pixels('picture'), before);
    await live.close();
  });
});

describe('the controls of the live page', () => {
  test('work by keyboard alone', async () => {
    const live = await LivePage.open(browser, address);
    const { page } = live;
    await page.locator('#sprites button').nth(1).press('Enter');
    await live.shown();
    const before = await live.pixels('picture');
    await page.locator('#picture').focus();
    await page.keyboard.press('ArrowRight');
    await live.shown();
    const moved = await live.pixels('picture');
    assert.notDeepEqual(moved, before);
    await page.keyboard.press('ArrowLeft');
    await live.shown();
    assert.deepEqual(await live.pixels('picture'), before);
    await page.locator('#tool-paint').focus();
    await page.keyboard.press('Space');
    await page.locator('#picture').focus();
    await page.keyboard.press('Space');
    await live.shown();
    const middle = ((side / 2) * side + side / 2) * 4;
    assert.deepEqual((await live.pixels('picture')).slice(middle, middle + 3), [255, 64, 32]);
    await live.close();
  });

  test('drag, paint and explain another class, on a phone without scrolling sideways', async () => {
    const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
    const live = await LivePage.open(browser, address, phone);
    const { page } = live;
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 360);
    await page.locator('#photos button').first().tap();
    await page.locator('#sprites button').first().tap();
    await live.shown();
    const before = await live.pixels('picture');
    const bars = await live.bars();
    const map = await live.pixels('map');
    const box = (await page.locator('#picture').boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 5, box.y + box.height / 5, { steps: 5 });
    await page.mouse.up();
    await live.shown();
    assert.notDeepEqual(await live.pixels('picture'), before);
    assert.notDeepEqual(await live.bars(), bars);
    await page.locator('#bars button').nth(3).tap();
    await live.shown();
    assert.equal(await page.locator('#target').inputValue(), '3');
    assert.equal(await page.locator('#bars button').nth(3).getAttribute('aria-pressed'), 'true');
    assert.notDeepEqual(await live.pixels('map'), map);
    await live.close();
  });

  test('say which networks are missing and why, and where a network fails', async () => {
    const live = await LivePage.open(browser, address);
    const missing = await live.text('missing');
    assert.match(missing, /broken: bad failed in this report/);
    assert.match(missing, /cnn: 02-cnn was not run/);
    assert.match(await live.text('about'), /nets · \d+ of 24 test images wrong · maps at layer/);
    await live.compared(names[0]!);
    const wrong = await live.page.locator('#pictures .wrong').count();
    assert.ok(wrong > 0);
    await live.page.check('#only-mistakes');
    assert.equal(await live.page.locator('#pictures button:visible').count(), wrong);
    await live.page.selectOption('#network', 'mask');
    await live.compared('mask');
    assert.match(await live.text('said'), /^Sprite on \d+\.\d % of the image$/);
    await live.close();
  });

  test('a map by occlusion comes coarse at first, then as fine as in the notebooks', async () => {
    const live = await LivePage.open(browser, address);
    await live.page.selectOption('#method', 'occlusion');
    await live.page.waitForSelector('#map-note:has-text("squares of 8 pixels")');
    await live.page.waitForFunction("document.querySelector('#map-note').textContent === ''");
    await live.close();
  });
});
