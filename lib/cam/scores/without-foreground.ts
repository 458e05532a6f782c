import { GradbookError } from '../../runtime';
import type { MaskedImages } from '../shift';
import { imputeLinear } from './impute';

/**
 * Images without what their masks name: the photo that a sprite was pasted on. The hole is filled
 * with the same image mirrored, left and right, up and down, or both, the first of them with
 * background there, so that it has the photo's own texture; pixels whose mirror images all lie in
 * the mask are imputed linearly from their neighbours.
 *
 * @param source images with masks
 * @returns `[count, height, width, 3]`, 0…1, on the host
 * @throws GradbookError `no-masks`
 */
export function withoutForeground(source: Omit<MaskedImages, 'primary'>): Float32Array {
  const { count, height, width, images, masks } = source;
  if (!masks) {
    throw new GradbookError(
      'the images have no masks: the foreground cannot be taken out without them',
      'no-masks',
    );
  }
  const pixels = height * width;
  const result = Float32Array.from(images.subarray(0, count * pixels * 3), (value) => value / 255);
  for (let row = 0; row < count; row++) {
    const mask = masks.subarray(row * pixels, (row + 1) * pixels);
    const image = result.subarray(row * pixels * 3, (row + 1) * pixels * 3);
    const known = new Uint8Array(pixels).fill(1);
    for (let at = 0; at < pixels; at++) {
      if (!mask[at]) continue;
      const y = Math.floor(at / width);
      const x = at % width;
      const mirrors = [
        y * width + width - 1 - x,
        (height - 1 - y) * width + x,
        (height - 1 - y) * width + width - 1 - x,
      ];
      const from = mirrors.find((mirror) => !mask[mirror]);
      if (from === undefined) known[at] = 0;
      else image.copyWithin(at * 3, from * 3, from * 3 + 3);
    }
    if (known.includes(0)) image.set(imputeLinear(image, known, { height, width, channels: 3 }));
  }
  return result;
}
