import * as fs from 'node:fs';
import * as path from 'node:path';
import sharp from 'sharp';
import { Random } from '../../lib/runtime';

/**
 * Draws images of noise, brighter from class to class, as JPEG and PNG of several sizes.
 *
 * @param classes how many of each; those that are there already stay
 */
export async function drawNoise(
  dir: string,
  classes: Record<string, number>,
  seed = 1,
): Promise<void> {
  const random = new Random(seed);
  for (const [label, [name, count]] of Object.entries(classes).entries()) {
    fs.mkdirSync(path.join(dir, name), { recursive: true });
    for (let i = 0; i < count; i++) {
      const file = path.join(dir, name, `${name}-${i}.${i % 3 ? 'jpg' : 'png'}`);
      const [width, height] = [random.integer(20, 40), random.integer(20, 40)];
      const noise = Buffer.from(
        Array.from({ length: width * height * 3 }, () => random.integer(0, 120) + 40 * (label % 4)),
      );
      if (fs.existsSync(file)) continue;
      await sharp(noise, { raw: { width, height, channels: 3 } }).toFile(file);
    }
  }
}
