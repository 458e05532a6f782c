import * as fs from 'node:fs';
import { GradbookError } from '../../runtime';
import { type Picture, pictureFiles, pictureKinds, readPicture } from '../pictures';

const mostBytes = 2 ** 31;

/** How a folder of photos is read. */
export interface PhotoFolderOptions {
  /** Side of the crops in pixels: smaller photos are refused. */
  size: number;
  /** Wider photos are resized to this width, since a small crop of a large photo shows little. Default 0: no resizing. */
  photoWidth?: number;
}

/**
 * Decodes a folder of the user's own photos.
 *
 * @throws GradbookError `no-photos`, `bad-picture` with the file's name, or `too-big`
 */
export async function readPhotos(dir: string, options: PhotoFolderOptions): Promise<Picture[]> {
  const { size, photoWidth = 0 } = options;
  const files = fs.existsSync(dir) ? pictureFiles(dir) : [];
  if (files.length === 0) {
    throw new GradbookError(
      `${dir} holds no photos: give a folder with ${pictureKinds} files`,
      'no-photos',
    );
  }
  const photos: Picture[] = [];
  let bytes = 0;
  for (const file of files) {
    const photo = await readPicture(file, (picture) =>
      photoWidth ? picture.resize({ width: photoWidth, withoutEnlargement: true }) : picture,
    );
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
