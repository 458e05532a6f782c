import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { LiveData, LiveFile } from '../../lib/live';
import { bundle } from '../../lib/run/site/live/bundle';
import { savedNetworks } from '../../lib/run/site/live/saved-networks';
import { prepareLive, writeLive } from '../../lib/run/site/live/write-live';
import { type LiveSite, liveSite, side } from '../live/site';

let site: LiveSite;
before(async () => {
  site = await liveSite(['single', 'mask', 'damaged']);
});
after(() => fs.rmSync(path.dirname(site.out), { recursive: true, force: true }));

const write = (data = site.data) => writeLive(site.summary, site.out, site.cache, data);
const pageText = () => fs.readFileSync(path.join(site.out, 'try.html'), 'utf8');

/** What a script of the page leaves behind. */
function read(file: string): Record<string, unknown> {
  const run = new Function(`${fs.readFileSync(path.join(site.out, 'try', file), 'utf8')}
    const found = gradbookLive; delete globalThis.gradbookLive; return found;`);
  return run() as Record<string, unknown>;
}

describe('the networks that a report saved', () => {
  test('are found in its notebooks, with what became of the others', () => {
    const { wanted, missing } = savedNetworks(site.summary, site.out)!;
    assert.deepEqual(
      wanted.map(({ name, fresh }) => [name, fresh]),
      [
        ['single', true],
        ['mask', true],
        ['damaged', true],
      ],
    );
    const reasons = Object.fromEntries(missing.map(({ name, reason }) => [name, reason]));
    assert.equal(reasons['broken'], 'bad failed in this report');
    assert.equal(reasons['unet'], '06-segmentation was not run');
  });

  test('are none where no notebook of it saves one: an old page goes', async () => {
    const notebooks = site.summary.notebooks.filter(({ name }) => name === 'none');
    const summary = { ...site.summary, notebooks };
    assert.equal(savedNetworks(summary, site.out), undefined);
    fs.writeFileSync(path.join(site.out, 'try.html'), 'old');
    assert.equal(await writeLive(summary, site.out, site.cache, site.data), false);
    assert.ok(!fs.existsSync(path.join(site.out, 'try.html')));
  });
});

describe('the live page', () => {
  test('holds networks, images and what Node computed; a damaged network is named', async () => {
    const weights = path.join(process.env['GRADBOOK_MODELS']!, 'damaged');
    const file = fs.readdirSync(weights).find((name) => name.endsWith('.bin'))!;
    fs.appendFileSync(path.join(weights, file), 'x');
    assert.equal(await write(), true);
    assert.match(pageText(), /<code>damaged<\/code>: .* is damaged/);
    const data = read('data.js')['data'] as LiveData;
    assert.deepEqual(
      data.networks.map(({ name, kind, tested }) => [name, kind, tested]),
      [
        ['single', 'single', 24],
        ['mask', 'mask', 24],
      ],
    );
    const [single, mask] = data.networks;
    assert.ok(single!.mistakes! > 0 && single!.overlap === null);
    assert.ok(mask!.mistakes === null && mask!.overlap! >= 0 && mask!.overlap! <= 1);
    // Each class is among the first ten; mistakes follow the twenty.
    assert.equal(new Set(data.pictures.slice(0, 10).map(({ primary }) => primary)).size, 10);
    assert.ok(data.pictures.length >= 20 && data.pictures.length <= 26);
    const { references } = read('network-single.js')['network single'] as LiveFile;
    const bytes = (text: string) => Buffer.from(text, 'base64').length;
    assert.equal(bytes(references.outputs), data.pictures.length * 10 * 4);
    assert.equal(bytes(references.maps['grad-cam']), 20 * side * side * 4);
    assert.equal(references.targets['layer-cam'].length, 20);
  });

  test('is prepared while notebooks run that save no network', async () => {
    const cache = path.join(site.cache, 'prepared');
    const prepare = (...pending: string[]) =>
      prepareLive(site.summary, site.out, cache, pending, site.data);
    await prepare('07-summary', '06-segmentation');
    assert.deepEqual(fs.readdirSync(cache), ['scripts']);
    await prepare('07-summary');
    const [key] = fs.readdirSync(path.join(cache, 'collected'));
    const about = path.join(cache, 'collected', key!, 'about.json');
    const before = fs.statSync(about).mtimeMs;
    assert.equal(await writeLive(site.summary, site.out, cache, site.data), true);
    assert.equal(fs.statSync(about).mtimeMs, before);
  });

  test('comes from the cache while nothing has changed, and loses networks that went', async () => {
    await write();
    const collected = path.join(site.cache, 'collected');
    const [key] = fs.readdirSync(collected);
    const page = path.join(site.out, 'try', 'network-single.js');
    const before = fs.statSync(page).mtimeMs;
    await write();
    assert.deepEqual(fs.readdirSync(collected), [key]);
    assert.equal(fs.statSync(page).mtimeMs, before);
    fs.rmSync(path.join(process.env['GRADBOOK_MODELS']!, 'mask'), { recursive: true });
    await write();
    assert.ok(!fs.existsSync(path.join(site.out, 'try', 'network-mask.js')));
    assert.match(pageText(), /<code>mask<\/code>: nets ran, and there is no network of this name/);
    assert.notDeepEqual(fs.readdirSync(collected), [key]);
  });

  test('says why there is nothing to try', async () => {
    const empty = path.join(path.dirname(site.out), 'empty');
    fs.mkdirSync(empty);
    assert.equal(await write(empty), true);
    assert.match(pageText(), /could not be made ready: .*data\.npz/);
    assert.deepEqual(fs.readdirSync(path.join(site.out, 'try')), ['try.css']);
    assert.ok(!fs.existsSync(path.join(site.out, 'try', 'data.js')));
  });
});

test('scripts of the page are bundled once, and need nothing of Node', async () => {
  const cache = path.join(site.cache, 'scripts-test');
  const first = await bundle('page/main.ts', cache);
  // The page itself does without tfjs, which only the engine needs.
  assert.ok(first.length < 100_000, `${first.length} signs`);
  assert.doesNotMatch(first, /require\(|node:fs/);
  const made = fs.statSync(path.join(cache, 'page-main.js')).mtimeMs;
  assert.equal(await bundle('page/main.ts', cache), first);
  assert.equal(fs.statSync(path.join(cache, 'page-main.js')).mtimeMs, made);
});
