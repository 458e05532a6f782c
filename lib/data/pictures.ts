import * as fs from 'node:fs';
import * as path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { GradbookError } from '../runtime';

/** A picture: RGB rows from the top down. */
export interface Picture {
  name: string;
  width: number;
  height: number;
  /** `[height, width, 3]`. */
  rgb: Uint8Array;
}

const pictureFile = /\.(avif|gif|jpe?g|png|tiff?|webp)$/i;

/** The kinds of files that `pictureFiles` finds, for messages. */
export const pictureKinds = 'JPEG, PNG, WebP, AVIF, TIFF or GIF';

/** The picture files of a folder, hidden ones left out, in the order of their character codes. */
export function pictureFiles(dir: string): string[] {
  return fs
    .readdirSync(dir)
    .filter((name) => pictureFile.test(name) && !name.startsWith('.'))
    .sort()
    .map((name) => path.join(dir, name));
}

/**
 * Decodes a picture to sRGB bytes, upright as its EXIF says, what is transparent on white.
 *
 * @param resize changes its size. Default: as it is
 * @throws GradbookError `bad-picture` with the file's name
 */
export async function readPicture(
  file: string,
  resize: (picture: Sharp) => Sharp = (picture) => picture,
): Promise<Picture> {
  try {
    const upright = sharp(file).autoOrient().flatten({ background: '#ffffff' });
    const { data, info } = await resize(upright)
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { name: path.basename(file), width: info.width, height: info.height, rgb: data };
  } catch (error) {
    throw new GradbookError(
      `${file} could not be read as a picture: ${(error as Error).message}`,
      'bad-picture',
      { cause: error },
    );
  }
}
