import sharp from 'sharp';
import { GradbookError, inWorkspace } from '../../runtime';

/** A sprite, cropped to its visible pixels. */
export interface Sprite {
  width: number;
  height: number;
  /** `[height, width, 4]`, alpha 0 or 255. */
  rgba: Uint8Array;
}

const folder = inWorkspace('node_modules/pokesprite-images/pokemon-gen8/regular');

/**
 * Reads an icon of `pokesprite-images`. As in the course's set, pure black becomes (1, 1, 1).
 *
 * @param icon file name without `.png`
 */
export async function readIcon(icon: string): Promise<Sprite> {
  const file = `${folder}/${icon}.png`;
  try {
    const { data, info } = await sharp(file)
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return trimSprite({ width: info.width, height: info.height, rgba: data });
  } catch (error) {
    throw new GradbookError(
      `the icon ${file} could not be read (${(error as Error).message}): run \`npm run setup\``,
      'missing-icon',
      { cause: error },
    );
  }
}

/** Cuts an icon to the box of its visible pixels and lifts pure black to (1, 1, 1). */
export function trimSprite({ width, height, rgba }: Sprite): Sprite {
  let [top, left, bottom, right] = [height, width, -1, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (rgba[(y * width + x) * 4 + 3] === 0) continue;
      top = Math.min(top, y);
      left = Math.min(left, x);
      bottom = Math.max(bottom, y);
      right = Math.max(right, x);
    }
  }
  const cut = { width: Math.max(0, right - left + 1), height: Math.max(0, bottom - top + 1) };
  const pixels = new Uint8Array(cut.width * cut.height * 4);
  for (let y = 0; y < cut.height; y++) {
    const from = ((top + y) * width + left) * 4;
    pixels.set(rgba.subarray(from, from + cut.width * 4), y * cut.width * 4);
  }
  for (let i = 0; i < pixels.length; i += 4) {
    if (pixels[i] === 0 && pixels[i + 1] === 0 && pixels[i + 2] === 0) pixels.fill(1, i, i + 3);
  }
  return { ...cut, rgba: pixels };
}
