import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPokemon } from '../../lib/data';
import { GradbookError } from '../../lib/runtime';
import {
  goodArchive,
  goodImages,
  goodMasks,
  imageBytes,
  imageShape,
  labelsWith,
  maskBytes,
  maskShape,
  temporaryFolder,
  threeLabels,
  writeDataSet,
} from './folders';
import { type Member, npyFile, npyFloats, zipBytes } from './npz-bytes';

type Files = Parameters<typeof writeDataSet>[1];

/** Each must throw this code and a message that matches. */
function refuses(what: string, code: string, message: RegExp, files: Files, maxBytes?: number) {
  test(`refuses ${what}`, async (context) => {
    const dir = writeDataSet(temporaryFolder(context), files);
    await assert.rejects(readPokemon({ dir, maxBytes }), (error: GradbookError) => {
      assert.ok(error instanceof GradbookError, String((error as Error).stack));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      return true;
    });
  });
}

const images = (value: number, at: number) => {
  const values = Array.from(imageBytes, (byte) => byte / 255);
  values[at] = value;
  return npyFloats(imageShape, values);
};
const masksWith = (value: number) => {
  const values = Array.from(maskBytes);
  values[5] = value;
  return npyFloats(maskShape, values);
};
const archive = goodArchive();
const imageMember = (changes: Partial<Member>): Buffer =>
  zipBytes([{ name: 'images.npy', content: goodImages, ...changes }]);

refuses('a missing archive', 'missing-file', /data\.npz .*ENOENT.*npm run data/, { npz: null });
refuses('missing labels', 'missing-file', /labels\.csv.*ENOENT/, { labels: null });
refuses('missing types', 'missing-file', /pokemon_types\.txt.*ENOENT/, { types: null });

refuses('an empty archive', 'bad-zip', /not a complete zip/, { npz: Buffer.alloc(0) });
refuses('text', 'bad-zip', /directory is missing/, { npz: Buffer.from('no archive'.repeat(9)) });
for (const part of [0.3, 0.6, 0.99]) {
  const npz = archive.subarray(0, Math.floor(archive.length * part));
  refuses(`an archive cut at ${part}`, 'bad-zip', /directory is missing/, { npz });
}
refuses('an archive that lost its beginning', 'bad-zip', /not a complete zip/, {
  npz: archive.subarray(40),
});
test('refuses an archive with any byte of its data changed', async (context) => {
  const dir = temporaryFolder(context);
  for (let at = 60; at < 240; at += 20) {
    const npz = Buffer.from(archive);
    npz[at]! ^= 0x55;
    writeDataSet(dir, { npz });
    await assert.rejects(readPokemon({ dir }), GradbookError, `byte ${at}`);
  }
});
refuses('a wrong checksum', 'bad-zip', /checksum/, {
  npz: imageMember({ declared: { crc32: 1 } }),
});
refuses('an encrypted archive', 'bad-zip', /encrypted/, {
  npz: imageMember({ declared: { flags: 1 } }),
});
refuses('another packing', 'bad-zip', /method 12/, { npz: imageMember({ method: 12 }) });
refuses('a member that extends past the end', 'bad-zip', /extends past the end of the file/, {
  npz: imageMember({ declared: { compressedSize: 10 ** 9 } }),
});
refuses('a member that ends early', 'bad-npy', /600 bytes where/, {
  npz: imageMember({ declared: { size: 600 } }),
});
refuses('no array of images', 'missing-array', /no array 'images', only masks/, {
  npz: zipBytes([{ name: 'masks.npy', content: goodMasks }]),
});

const huge = npyFloats([4500, 2000, 2000, 3], []);
refuses('a zip bomb that declares its size', 'too-big', /at most 2147483648/, {
  npz: zipBytes([{ name: 'images.npy', content: huge, declared: { size: 2 ** 31 + 1 } }]),
});
refuses('more than the caller allows', 'too-big', /at most 100 are read/, {}, 100);
refuses('a zip bomb that declares less than it holds', 'bad-zip', /more than the 416 bytes/, {
  npz: imageMember({
    content: Buffer.concat([goodImages, Buffer.alloc(50_000_000)]),
    declared: { size: goodImages.length },
  }),
});
refuses('a shape that the bytes do not fill', 'bad-npy', /412 bytes where 416 belong/, {
  npz: goodArchive(goodImages.subarray(0, -4)),
});

refuses('a shape without channels', 'bad-shape', /shape \(3, 2, 4\).*count, height, width, 3/, {
  npz: goodArchive(npyFloats([3, 2, 4], maskBytes)),
});
refuses('four channels', 'bad-shape', /shape \(3, 2, 4, 4\)/, {
  npz: goodArchive(npyFloats([3, 2, 4, 4], new Float32Array(96))),
});
refuses('no images', 'bad-shape', /shape \(0, 2, 4, 3\)/, {
  npz: goodArchive(npyFloats([0, 2, 4, 3], [])),
  labels: labelsWith(),
});
refuses('masks of another size', 'bad-shape', /masks have shape \(3, 4, 2, 1\).*\(3, 2, 4, 1\)/, {
  npz: goodArchive(goodImages, npyFloats([3, 4, 2, 1], maskBytes)),
});
refuses('masks of another number', 'bad-shape', /masks have shape \(2, 2, 4, 1\)/, {
  npz: goodArchive(goodImages, npyFloats([2, 2, 4, 1], new Float32Array(16))),
});

refuses('no .npy file', 'bad-npy', /not a \.npy array/, {
  npz: goodArchive(Buffer.from('x'.repeat(500))),
});
refuses('a member that ends in its header', 'bad-npy', /ends within its header/, {
  npz: goodArchive(goodImages.subarray(0, 40)),
});
refuses('a header without end', 'bad-npy', /header of 65545 bytes/, {
  npz: goodArchive(Buffer.from('\x93NUMPY\x01\x00\xff\xff and so on', 'latin1')),
});
refuses('structured records', 'bad-npy', /not a plain array of numbers/, {
  npz: goodArchive(npyFile("', [('r', '<f4')]", imageShape, Buffer.alloc(288))),
});
for (const [dtype, width] of [
  ['<i8', 8],
  ['|b1', 1],
  ['<c8', 8],
  ['|S4', 4],
] as const) {
  const raw = Buffer.alloc(72 * width);
  refuses(`images of dtype ${dtype}`, 'bad-dtype', /images have NumPy's dtype/, {
    npz: goodArchive(npyFile(dtype, imageShape, raw)),
  });
}
refuses('masks of dtype <i4', 'bad-dtype', /masks have NumPy's dtype 'i4': give bool/, {
  npz: goodArchive(goodImages, npyFile('<i4', maskShape, Buffer.alloc(96))),
});

// Value 50 of 3×2×4×3 is image 2, row 0, column 0, channel 2.
refuses('NaN', 'bad-values', /images\[2, 0, 0, 2\] is NaN/, { npz: goodArchive(images(NaN, 50)) });
refuses('infinity', 'bad-values', /is Infinity/, { npz: goodArchive(images(Infinity, 50)) });
refuses('images above 1', 'bad-values', /images\[0, 1, 0, 0\] is 255/, {
  npz: goodArchive(images(255, 12)),
});
refuses('images below 0', 'bad-values', /is -0\.5/, { npz: goodArchive(images(-0.5, 1)) });
refuses('integers 0 and 1', 'bad-values', /none above 1/, {
  npz: goodArchive(npyFile('|u1', imageShape, Buffer.alloc(72, 1))),
});
refuses('NaN in masks', 'bad-values', /masks\[0, 1, 1, 0\] is NaN/, {
  npz: goodArchive(goodImages, masksWith(NaN)),
});
refuses('masks above 1', 'bad-values', /masks\[0, 1, 1, 0\] is 2/, {
  npz: goodArchive(goodImages, masksWith(2)),
});

const [first, second] = threeLabels as [string, string, string];
refuses('fewer labels than images', 'count-mismatch', /3 images and 2 labels/, {
  labels: labelsWith(first, second),
});
refuses('more labels than images', 'count-mismatch', /3 images and 4 labels/, {
  labels: labelsWith(first, ...threeLabels),
});
refuses('labels without a column', 'bad-csv', /no column 'name'/, {
  labels: 'title,primary_type\n',
});
refuses('empty labels', 'bad-csv', /no column 'name'/, { labels: '' });
refuses('a line with a missing field', 'bad-csv', /line 3: 4 fields where the first line has 5/, {
  labels: labelsWith(first, 'Onix,Rock,Ground,8'),
});
refuses('an open quote', 'bad-csv', /line 3: a quote is out of place/, {
  labels: labelsWith(first, '"Onix,Rock,Ground,8,5'),
});
const withLine = (line: string): Files => ({ labels: labelsWith(first, line, first) });
refuses('an unknown type', 'unknown-type', /line 3: unknown type 'Ghost'. Known: Bug/, {
  ...withLine('Gengar,Ghost,Poison,8,7'),
});
refuses('an unknown second type', 'unknown-type', /unknown type 'Dark'/, {
  ...withLine('Muk,Poison,Dark,7,11'),
});
refuses('an index out of range', 'bad-label', /index '10' of type 'Rock'.*0 to 9/, {
  ...withLine('Onix,Rock,,10,'),
});
for (const index of ['-1', '8.5', '', 'eight', '1e1']) {
  refuses(`the index '${index}'`, 'bad-label', /give an integer/, {
    ...withLine(`Onix,Rock,,${index},`),
  });
}
refuses('an index of another type', 'bad-label', /'Rock' has index 8 and 5 is written/, {
  ...withLine('Onix,Rock,Ground,5,8'),
});
refuses('a second type without its index', 'bad-label', /index '' of type 'Ground'/, {
  ...withLine('Onix,Rock,Ground,8,'),
});
refuses('a second index without its type', 'unknown-type', /unknown type ''/, {
  ...withLine('Onix,Rock,,8,5'),
});
refuses('the same type twice', 'bad-label', /both types are 'Rock'/, {
  ...withLine('Onix,Rock,Rock,8,8'),
});
refuses('no types', 'bad-types', /holds 0 types/, { types: '\n' });
refuses('types with a repetition', 'bad-types', /holds 3 types/, { types: 'Bug\nFire\nBug\n' });
