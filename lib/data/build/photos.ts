import * as fs from 'node:fs';
import * as path from 'node:path';
import sharp from 'sharp';
import { GradbookError } from '../../runtime';
import type { Photo } from './tone-map';

const pictureFile = /\.(avif|gif|jpe?g|png|tiff?|webp)$/i;
const mostBytes = 2 ** 31;

/** How a folder of photos is read. */
export interface PhotoFolderOptions {
  /** Side of the crops in pixels: smaller photos are refused. */
  size: number;
  /** Photos wider than this are made this wide, for large ones lose their detail in a small crop. Default 0: as they are. */
  photoWidth?: number;
}

/** The picture files of a folder, in the order of their names' character codes. */
export function pictureFiles(dir: string): string[] {
  return fs
    .readdirSync(dir)
    .filter((name) => pictureFile.test(name) && !name.startsWith('.'))
    .sort()
    .map((name) => path.join(dir, name));
}

/**
 * Decodes a folder of the user's own photos, turned upright as their EXIF says.
 *
 * @throws GradbookError `no-photos`, `bad-picture` with the file's name, or `too-big`
 */
export async function readPhotos(dir: string, options: PhotoFolderOptions): Promise<Photo[]> {
  const { size, photoWidth = 0 } = options;
  const files = fs.existsSync(dir) ? pictureFiles(dir) : [];
  if (files.length === 0) {
    throw new GradbookError(
      `${dir} holds no photos: give a folder with JPEG, PNG, WebP, AVIF, TIFF or GIF files`,
      'no-photos',
    );
  }
  const photos: Photo[] = [];
  let bytes = 0;
  for (const file of files) {
    const photo = await readPhoto(file, photoWidth);
    if (Math.min(photo.width, photo.height) < size) {
      throw new GradbookError(
        `${file} has ${photo.width}×${photo.height} pixels: at least ${size}×${size} are cut from it`,
        'bad-picture',
      );
    }
    bytes += photo.rgb.length;
    if (bytes > mostBytes) {
      throw new GradbookError(
        `the photos in ${dir} take more than 2 GiB: give fewer, or a photo width such as 1024`,
        'too-big',
      );
    }
    photos.push(photo);
  }
  return photos;
}

async function readPhoto(file: string, width: number): Promise<Photo> {
  try {
    let picture = sharp(file).rotate().toColourspace('srgb').removeAlpha();
    if (width > 0) picture = picture.resize({ width, withoutEnlargement: true });
    const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
    return { name: path.basename(file), width: info.width, height: info.height, rgb: data };
  } catch (error) {
    throw new GradbookError(
      `${file} could not be read as a picture: ${(error as Error).message}`,
      'bad-picture',
      { cause: error },
    );
  }
}
