import * as fs from 'node:fs';
import * as path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { GradbookError } from '../runtime';

/** An RGB image, rows from the top down. */
export interface Picture {
  name: string;
  width: number;
  height: number;
  /** `[height, width, 3]`. */
  rgb: Uint8Array;
}

/** Images that are decoded at the same time. */
export const decodedAtOnce = 8;

/** Scales an image to cover a square of this side and cuts it at the middle. */
export function squareOf(size: number): (picture: Sharp) => Sharp {
  return (picture) => picture.resize({ width: size, height: size, fit: 'cover' });
}

/** @throws GradbookError `bad-option` for what is no side of an image */
export function checkSide(size: number): void {
  if (!(Number.isInteger(size) && size > 0 && size <= 4096)) {
    throw new GradbookError(`size ${size}: give an integer from 1 to 4096`, 'bad-option');
  }
}

const pictureFile = /\.(avif|gif|jfif|jpe?g?|png|tiff?|webp)$/i;

/** The kinds of files that `pictureFiles` finds, for messages. */
export const pictureKinds = 'JPEG, PNG, WebP, AVIF, TIFF or GIF';

/**
 * The image files of a folder, hidden ones left out, in the order of their character codes.
 *
 * @throws GradbookError `bad-picture` for a link to a file that does not exist
 */
export function pictureFiles(dir: string): string[] {
  const files = fs
    .readdirSync(dir)
    .filter((name) => pictureFile.test(name) && !name.startsWith('.'))
    .sort()
    .map((name) => path.join(dir, name));
  for (const file of files) checkLink(file);
  return files;
}

/** @throws GradbookError `bad-picture` where the path is a link to a file that does not exist */
export function checkLink(file: string): void {
  if (fs.existsSync(file)) return;
  throw new GradbookError(
    `${file} is a link to ${fs.readlinkSync(file)}, which does not exist: fix or delete the link`,
    'bad-picture',
  );
}

/**
 * Decodes an image to sRGB bytes, upright as its EXIF says, what is transparent on white; 16-bit
 * values are scaled. TIFFs of floats, of signed or of 32-bit integers are refused: the file does
 * not say which value is white. As in other decoders, a warning (a stray marker in a JPEG) is no
 * error; a truncated file is.
 *
 * @param resize changes its size. Default: as it is
 * @throws GradbookError `bad-picture` with the file's name
 */
export async function readPicture(
  file: string,
  resize: (picture: Sharp) => Sharp = (picture) => picture,
): Promise<Picture> {
  try {
    const source = sharp(file, { failOn: 'error' });
    const { depth } = await source.metadata();
    if (depth !== 'uchar' && depth !== 'ushort') {
      throw new Error(
        `its values are of the kind ${depth}; save it with unsigned integers of 8 or 16 bits`,
      );
    }
    const upright = source.autoOrient().flatten({ background: '#ffffff' });
    const { data, info } = await resize(upright)
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { name: path.basename(file), width: info.width, height: info.height, rgb: data };
  } catch (error) {
    const problem = (error as Error).message.trim().replace(/\s*\n\s*/g, '; ');
    throw new GradbookError(
      `${file} could not be read as an image: ${problem}${trueKind(file)}`,
      'bad-picture',
      { cause: error },
    );
  }
}

/** The file type by its first bytes, where the extension is wrong: some phones save HEIC as .jpg. */
function trueKind(file: string): string {
  let head: string;
  try {
    const handle = fs.openSync(file, 'r');
    const bytes = Buffer.alloc(12);
    fs.readSync(handle, bytes, 0, 12, 0);
    fs.closeSync(handle);
    head = bytes.toString('latin1');
  } catch {
    return '';
  }
  const heic = /^....ftyp(hei|hev|mif|msf)/s.test(head);
  const kind = heic ? 'HEIC' : head.startsWith('BM') ? 'BMP' : null;
  return kind ? `. It is a ${kind} file: save it as PNG or JPEG` : '';
}
