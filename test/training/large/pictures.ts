import * as fs from 'node:fs';
import * as path from 'node:path';
import sharp from 'sharp';
import { progress } from '../../../lib/notebook';
import { Random } from '../../../lib/runtime';

const classes = ['blue', 'green', 'red', 'yellow'];
const tint = [
  [0, 0, 90],
  [0, 90, 0],
  [90, 0, 0],
  [60, 60, 0],
];
const decodedSide = 256;
const cells = 16;

/** Makes `count` JPEGs of coloured noise in four class folders; those that are there stay. */
export async function makePictures(dir: string, count: number): Promise<void> {
  for (const name of classes) fs.mkdirSync(path.join(dir, name), { recursive: true });
  const bar = progress({ label: 'making images', total: count, unit: 'picture' });
  const atOnce = 8;
  for (let from = 0; from < count; from += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, count - from) }, (_, i) => from + i);
    await Promise.all(some.map((i) => makePicture(dir, i)));
    bar.update(from + some.length);
  }
  bar.done();
}

async function makePicture(dir: string, i: number): Promise<void> {
  const label = i % classes.length;
  const file = path.join(dir, classes[label]!, `${String(i).padStart(6, '0')}.jpg`);
  if (fs.existsSync(file)) return;
  const random = new Random(i);
  const values = Uint8Array.from({ length: cells * cells * 3 }, (_, at) => {
    return random.integer(0, 160) + tint[label]![at % 3]!;
  });
  await sharp(values, { raw: { width: cells, height: cells, channels: 3 } })
    .resize(decodedSide, decodedSide)
    .jpeg()
    .toFile(file);
}
