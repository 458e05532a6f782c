import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { imageFolder, loadImages } from '../../lib/data';
import { readPicture } from '../../lib/data/pictures';
import { display } from '../../lib/notebook';
import { collectShown } from '../notebook/shown';
import { temporaryFolder, writeDataSet } from './folders';

const shown = collectShown();

/** Draws `count` images of one colour a class; the files' names give their order. */
async function drawClasses(dir: string, classes: Record<string, string>, count: number) {
  for (const [name, background] of Object.entries(classes)) {
    fs.mkdirSync(path.join(dir, name), { recursive: true });
    for (let i = 0; i < count; i++) {
      const picture = sharp({ create: { width: 30 + i, height: 20, channels: 3, background } });
      await picture.png().toFile(path.join(dir, name, `${name}-${String(i).padStart(2, '0')}.png`));
    }
  }
  return dir;
}

test('a folder of images by class becomes a data set', async (context) => {
  const dir = temporaryFolder(context);
  await drawClasses(dir, { red: '#ff0000', blue: '#0000ff' }, 16);
  fs.writeFileSync(path.join(dir, 'red', 'notes.txt'), 'passed over');
  fs.mkdirSync(path.join(dir, '.hidden'));
  const sets = await imageFolder(dir, { size: 8, seed: 1 });
  const { train, validation, test: held } = sets;
  assert.deepEqual(train.classNames, ['blue', 'red']);
  assert.deepEqual([train.count, validation.count, held.count], [24, 4, 4]);
  assert.deepEqual([train.name, validation.name, held.name], ['train', 'validation', 'test']);
  for (const set of [train, validation, held]) {
    assert.deepEqual([set.height, set.width, set.masks], [8, 8, null]);
    assert.equal(set.images.length, set.count * 8 * 8 * 3);
    for (let i = 0; i < set.count; i++) {
      const label = set.classNames[set.primary[i]!]!;
      assert.ok(set.names[i]!.startsWith(`${label}-`));
      assert.equal(set.secondary[i], -1);
      const colour = label === 'red' ? [255, 0, 0] : [0, 0, 255];
      assert.deepEqual([...set.images.subarray(i * 192 + 90, i * 192 + 93)], colour);
    }
    assert.equal(set.primary.filter((value) => value === 0).length, set.count / 2, 'stratified');
  }
  const rows = [train, validation, held].flatMap((set) => [...set.rows]).sort((a, b) => a - b);
  assert.deepEqual(
    rows,
    Array.from({ length: 32 }, (_, i) => i),
  );
  assert.deepEqual(await imageFolder(dir, { size: 8, seed: 1 }), sets);
  assert.notDeepEqual((await imageFolder(dir, { size: 8, seed: 2 })).test.rows, held.rows);
});

test('images of any format are read upright, in colour, on white', async (context) => {
  const dir = await drawClasses(temporaryFolder(context), { plain: '#808080' }, 4);
  const odd = path.join(dir, 'odd');
  fs.mkdirSync(odd);
  // Left half black, right half white, rotated by 90° by EXIF: black is at the top.
  const halves = Buffer.from([0, 255, 0, 255]);
  const grey = () => sharp(halves, { raw: { width: 2, height: 2, channels: 1 } });
  const turned = grey().resize(16, 16, { kernel: 'nearest' }).withMetadata({ orientation: 6 });
  await turned.jpeg({ quality: 100 }).toFile(path.join(odd, 'a-turned.jpg'));
  const clear = { r: 9, g: 9, b: 9, alpha: 0 };
  const blank = { width: 9, height: 9, channels: 4 as const, background: clear };
  await sharp({ create: blank }).png().toFile(path.join(odd, 'b-clear.png'));
  await grey().toColourspace('b-w').webp({ lossless: true }).toFile(path.join(odd, 'c-grey.webp'));
  await sharp({ create: blank }).tiff().toFile(path.join(odd, 'd.tif'));

  const { train } = await imageFolder(dir, { size: 4, test: 0, validation: 0, seed: 1 });
  const pixel = (name: string, at: number) => {
    const row = train.names.indexOf(name);
    return [...train.images.subarray(row * 48 + at * 3, row * 48 + at * 3 + 3)];
  };
  assert.deepEqual(
    [pixel('a-turned', 0), pixel('a-turned', 15)],
    [
      [0, 0, 0],
      [255, 255, 255],
    ],
  );
  assert.deepEqual(pixel('a-turned', 3), [0, 0, 0]);
  assert.deepEqual(pixel('b-clear', 5), [255, 255, 255]);
  assert.equal(new Set(pixel('c-grey', 0)).size, 1);
});

test('reports errors of a folder', async (context) => {
  const dir = temporaryFolder(context);
  const refuses = (code: string, message: RegExp, options = {}) =>
    assert.rejects(imageFolder(dir, { size: 8, ...options }), (error: Error & { code: string }) => {
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      return true;
    });
  await assert.rejects(imageFolder(path.join(dir, 'nowhere')), { code: 'no-classes' });
  await refuses('no-classes', /has 0 class folders: give 2 to 255/);
  await drawClasses(dir, { red: '#ff0000' }, 5);
  await refuses('no-classes', /has 1 class folders/);
  fs.mkdirSync(path.join(dir, 'blue'));
  await refuses('too-few-pictures', /class 'blue' has 0 images: give at least 4 JPEG/);
  await drawClasses(dir, { blue: '#0000ff' }, 5);
  await refuses('too-few-pictures', /class 'blue' has 5 images: give at least 6/, {
    minPerClass: 6,
  });
  await refuses('bad-option', /size 0/, { size: 0 });
  await refuses('bad-split', /validation 1/, { test: 1 });
  fs.writeFileSync(path.join(dir, 'red', 'broken.jpg'), 'no image');
  await refuses('bad-picture', /red\/broken\.jpg could not be read as an image/);
});

test('TIFFs of 16 bits are scaled, other kinds of numbers refused by name', async (context) => {
  const dir = temporaryFolder(context);
  const file = path.join(dir, 'a.tif');
  const read = async (values: ArrayBufferView, format: number) => {
    fs.writeFileSync(file, tiffOf(values, format));
    return [...(await readPicture(file)).rgb];
  };
  const white = [255, 255, 255];
  const grey = [128, 128, 128];
  assert.deepEqual(await read(Uint8Array.of(128, 255), 1), [...grey, ...white]);
  assert.deepEqual(await read(Uint16Array.of(32_896, 65_535), 1), [...grey, ...white]);
  const refused: [ArrayBufferView, number, string][] = [
    [Int8Array.of(100, 1), 2, 'char'],
    [Int16Array.of(100, 1), 2, 'short'],
    [Uint32Array.of(2 ** 31, 1), 1, 'uint'],
    [Int32Array.of(100, 1), 2, 'int'],
    [Float32Array.of(0.5, 1), 3, 'float'],
  ];
  for (const [values, format, kind] of refused) {
    const message = new RegExp(`a\\.tif could not .* of the kind ${kind}; save it with unsigned`);
    await assert.rejects(read(values, format), { code: 'bad-picture', message });
  }
  await assert.rejects(read(Float64Array.of(0.5, 1), 3), { code: 'bad-picture' });
});

/** A TIFF of two grey pixels; the sample format is 1 for unsigned, 2 for signed, 3 for float. */
function tiffOf(values: ArrayBufferView, format: number): Buffer {
  const data = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const entries = [
    ...[
      [256, 2],
      [257, 1],
      [258, data.length * 4],
      [259, 1],
      [262, 1],
      [273, 8],
      [277, 1],
    ],
    ...[
      [278, 1],
      [279, data.length],
      [339, format],
    ],
  ] as [number, number][];
  const head = Buffer.from('II*\0\0\0\0\0', 'latin1');
  head.writeUInt32LE(8 + data.length, 4);
  const directory = Buffer.alloc(2 + 12 * entries.length + 4);
  directory.writeUInt16LE(entries.length, 0);
  entries.forEach(([tag, value], i) => {
    directory.writeUInt16LE(tag, 2 + 12 * i);
    directory.writeUInt16LE(4, 4 + 12 * i);
    directory.writeUInt32LE(1, 6 + 12 * i);
    directory.writeUInt32LE(value, 10 + 12 * i);
  });
  return Buffer.concat([head, data, directory]);
}

test('.jfif and .jpe are read, a dangling link is named', async (context) => {
  const dir = await drawClasses(temporaryFolder(context), { a: '#ff0000', b: '#0000ff' }, 4);
  const grey = sharp({ create: { width: 8, height: 8, channels: 3, background: '#808080' } });
  const jpeg = await grey.jpeg().toBuffer();
  for (const name of ['x.jfif', 'y.jpe', 'z.JPEG'])
    fs.writeFileSync(path.join(dir, 'a', name), jpeg);
  const { train } = await imageFolder(dir, { size: 4, test: 0, validation: 0, seed: 1 });
  assert.deepEqual([train.count, train.names[4], train.names[5]], [11, 'x', 'y']);
  for (const link of [path.join(dir, 'b', 'lost.png'), path.join(dir, 'lost')]) {
    fs.symlinkSync('/nowhere/at-all.png', link);
    await assert.rejects(imageFolder(dir), {
      code: 'bad-picture',
      message: `${link} is a link to /nowhere/at-all.png, which does not exist: fix or delete the link`,
    });
    fs.unlinkSync(link);
  }
});

test('a JPEG with a stray marker is read, a truncated one refused', async (context) => {
  const file = path.join(temporaryFolder(context), 'a.jpg');
  const create = { width: 32, height: 32, channels: 3 as const, background: '#808080' };
  const jpeg = await sharp({ create }).jpeg().toBuffer();
  const end = jpeg.length - 2;
  const stray = Buffer.concat([jpeg.subarray(0, end), Buffer.of(0, 0, 0xff, 0xd9)]);
  fs.writeFileSync(file, stray);
  assert.equal((await readPicture(file)).rgb[0], 128);
  fs.writeFileSync(file, jpeg.subarray(0, end - 6));
  await assert.rejects(readPicture(file), { code: 'bad-picture' });
});

test('folders with splits are read as those; a missing split is drawn from train', async (context) => {
  const warn = context.mock.method(console, 'info', () => {});
  const colours = { blue: '#0000ff', red: '#ff0000' };
  for (const validationName of ['val', 'valid', 'validation', null]) {
    const dir = temporaryFolder(context);
    await drawClasses(path.join(dir, 'train'), colours, 8);
    await drawClasses(path.join(dir, 'test'), { red: '#ff0000' }, 3);
    if (validationName) await drawClasses(path.join(dir, validationName), colours, 2);
    fs.writeFileSync(path.join(dir, 'train', 'red', 'x.bmp'), 'BM');
    fs.mkdirSync(path.join(dir, 'test', 'red', 'nested'));
    const sets = await imageFolder(dir, { size: 4, seed: 1 });
    assert.deepEqual(sets.train.classNames, ['blue', 'red']);
    const counts = [sets.train, sets.validation, sets.test].map(({ name, count }) => [name, count]);
    const split = validationName ? [16, 4] : [14, 2];
    assert.deepEqual(counts, [
      ['train', split[0]],
      ['validation', split[1]],
      ['test', 3],
    ]);
    assert.deepEqual([...sets.test.primary], [1, 1, 1]);
    assert.deepEqual([...sets.test.images.subarray(0, 3)], [255, 0, 0]);
    const leftOut = [
      { file: path.join('test', 'red', 'nested'), reason: 'a folder inside a class folder' },
      {
        file: path.join('train', 'red', 'x.bmp'),
        reason: 'BMP is not read: save it as PNG or JPEG',
      },
    ];
    const drawn = validationName ? [] : (['validation'] as const);
    const [train, validation] = validationName ? [8, 2] : [7, 1];
    assert.deepEqual(sets.account, {
      drawn,
      classes: [
        { className: 'blue', train, validation, test: 0 },
        { className: 'red', train, validation, test: 3 },
      ],
      missing: [{ split: 'test', classNames: ['blue'] }],
      leftOut,
    });
    assert.match(
      String(warn.mock.calls.at(-1)!.arguments[0]),
      /^the test set has no images of 'blue': add images/,
    );
    const all = [sets.train, sets.validation, sets.test].flatMap(({ rows }) => [...rows]);
    assert.equal(new Set(all).size, validationName ? 23 : 19, 'no image in two splits');
  }
  const dir = temporaryFolder(context);
  await drawClasses(path.join(dir, 'train'), colours, 8);
  assert.deepEqual((await imageFolder(dir, { size: 4 })).account.drawn, ['validation', 'test']);
  await drawClasses(path.join(dir, 'test'), { green: '#00ff00' }, 1);
  await assert.rejects(imageFolder(dir), {
    code: 'unknown-class',
    message: /train\/ lacks: green/,
  });
  fs.rmSync(path.join(dir, 'test'), { recursive: true });
  fs.mkdirSync(path.join(dir, 'test'));
  await assert.rejects(imageFolder(dir), {
    code: 'too-few-pictures',
    message: /no images in class/,
  });
  fs.rmdirSync(path.join(dir, 'test'));
  for (const name of ['val', 'valid']) await drawClasses(path.join(dir, name), colours, 1);
  await assert.rejects(imageFolder(dir), { code: 'bad-split', message: /val\/ and valid\// });
  const flat = temporaryFolder(context);
  await drawClasses(flat, { train: '#ff0000', test: '#0000ff' }, 8);
  assert.deepEqual((await imageFolder(flat, { size: 4 })).train.classNames, ['test', 'train']);
});

test('all bad files are named at once', async (context) => {
  const dir = await drawClasses(temporaryFolder(context), { a: '#ff0000', b: '#0000ff' }, 12);
  for (const name of ['a/bad.png', 'b/worse.jpg']) fs.writeFileSync(path.join(dir, name), 'none');
  await assert.rejects(imageFolder(dir, { size: 4 }), {
    code: 'bad-picture',
    message: /^2 of 26 images could not be read:\n.*a\/bad\.png .*\n.*b\/worse\.jpg /,
  });
  const options = { size: 4, test: 0, validation: 0, skipBad: true };
  const { train, account } = await imageFolder(dir, options);
  assert.deepEqual(
    account.leftOut.map(({ file }) => file),
    ['a/bad.png', 'b/worse.jpg'],
  );
  assert.match(account.leftOut[0]!.reason, /unsupported image format/);
  assert.deepEqual([train.count, train.images.length], [24, 24 * 48]);
  for (let i = 0; i < 24; i++) {
    assert.ok(train.names[i]!.startsWith(train.primary[i] ? 'b-' : 'a-'));
    const colour = train.primary[i] ? [0, 0, 255] : [255, 0, 0];
    assert.deepEqual([...train.images.subarray(i * 48, i * 48 + 3)], colour);
  }
});

test('BMP and HEIC are named, under their own name and under another', async (context) => {
  const dir = await drawClasses(temporaryFolder(context), { a: '#ff0000', b: '#0000ff' }, 8);
  for (const name of ['a/x.BMP', 'a/y.heic', 'b/z.txt', 'notes.md'])
    fs.writeFileSync(path.join(dir, name), 'x');
  const heic = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1');
  fs.writeFileSync(path.join(dir, 'a', 'phone.jpg'), heic);
  await assert.rejects(imageFolder(dir, { size: 4 }), {
    code: 'bad-picture',
    message: /phone\.jpg could not .* It is a HEIC file: save it as PNG or JPEG/,
  });
  fs.writeFileSync(path.join(dir, 'a', 'phone.jpg'), 'BM\x46\0\0\0\0\0\0\0\x36\0');
  await assert.rejects(imageFolder(dir, { size: 4 }), { message: /It is a BMP file/ });
  const { account } = await imageFolder(dir, { size: 4, seed: 1, skipBad: true });
  const reasons = new Map(account.leftOut.map(({ file, reason }) => [file, reason]));
  assert.equal(reasons.get('notes.md'), 'a file outside the class folders');
  assert.equal(reasons.get('a/x.BMP'), 'BMP is not read: save it as PNG or JPEG');
  assert.equal(reasons.get('a/y.heic'), 'HEIC is not read: save it as PNG or JPEG');
  assert.equal(reasons.get('b/z.txt'), 'not an image file');
  assert.ok(reasons.has('a/phone.jpg'));
  assert.deepEqual(account.missing, []);
});

test('a class of 4 beside one of 200 is in every split', async (context) => {
  const dir = await drawClasses(temporaryFolder(context), { many: '#ff0000' }, 200);
  await drawClasses(dir, { few: '#0000ff' }, 4);
  for (const seed of [1, 2, 3]) {
    const { account } = await imageFolder(dir, { size: 2, seed });
    assert.deepEqual(account.classes, [
      { className: 'few', train: 2, validation: 1, test: 1 },
      { className: 'many', train: 154, validation: 21, test: 25 },
    ]);
  }
});

test('a cell shows the account as tables', async (context) => {
  const dir = await drawClasses(temporaryFolder(context), { '<b>': '#ff0000', b: '#0000ff' }, 8);
  fs.writeFileSync(path.join(dir, 'b', '<i>.bmp'), 'BM');
  const { account } = await imageFolder(dir, { size: 4, seed: 1 });
  shown.length = 0;
  display(account);
  const [classes, leftOut] = shown.map(({ data }) => data as Record<string, string>);
  assert.match(classes!['text/plain']!, /<b> +6 +1 +1 +8\n/);
  assert.match(classes!['text/html']!, /<caption.*validation and test drawn at random/);
  assert.match(
    leftOut!['text/html']!,
    /b\/&lt;i&gt;\.bmp.*BMP is not read: save it as PNG or JPEG/,
  );
  assert.equal(JSON.parse(JSON.stringify(account)).classes[1].className, 'b');
});

test('loadImages reads a folder, and takes some of the rows', async (context) => {
  const dir = await drawClasses(temporaryFolder(context), { a: '#ff0000', b: '#0000ff' }, 16);
  const all = await loadImages({ folder: dir, size: 4, seed: 1 });
  assert.deepEqual([all.train.count, all.validation.count, all.test.count], [24, 4, 4]);
  assert.equal(all.account!.classes[0]!.train, 12);
  const some = await loadImages({ folder: dir, size: 4, seed: 1, examples: 14, testExamples: 3 });
  assert.deepEqual([some.train.count, some.validation.count, some.test.count], [12, 2, 3]);
  assert.deepEqual([...some.train.rows], [...all.train.rows.subarray(0, 12)]);
  assert.deepEqual([some.train.name, some.test.name], ['train', 'test']);
});

test('loadImages without a folder reads the data set', async (context) => {
  const before = process.env['GRADBOOK_DATA'];
  process.env['GRADBOOK_DATA'] = writeDataSet(temporaryFolder(context));
  context.after(() => {
    if (before === undefined) delete process.env['GRADBOOK_DATA'];
    else process.env['GRADBOOK_DATA'] = before;
  });
  const { train, test: held, account } = await loadImages({ seed: 1, testExamples: 1 });
  assert.deepEqual([train.count, held.count, account], [2, 1, undefined]);
});
