import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { formatNumber } from './format';
import { encodePng } from './png';
import { type PictureLike, show } from './show';
import { publish } from './sink';

/** Recognised by its properties, so that displaying a string does not load libtensorflow. */
export function isTensor(value: unknown): value is Tensor {
  const tensor = value as Tensor;
  return Array.isArray(tensor?.shape) && typeof tensor.dataSync === 'function' && 'dtype' in tensor;
}

/** Largest number of images shown of a batch, and the length of the long edge on the page in pixels. */
const most = { pictures: 8, edge: 192 };

/**
 * Shows a tensor: shape, dtype, range and values; one with the shape of an image or a batch of
 * images (`[…, height, width, 1 | 3 | 4]`, at least 8×8) as images. Does not dispose of it.
 */
export function showTensor(tensor: Tensor): void {
  if (tensor.isDisposed) {
    publish({ 'text/plain': `tensor ${tensor.dtype} [${tensor.shape}], disposed of` });
    return;
  }
  const picture = pictureOf(tensor);
  if (picture) show(picture);
  else publish({ 'text/plain': `${summary(tensor)}\n${valuesOf(tensor)}` });
}

function summary(tensor: Tensor): string {
  const head = `tensor ${tensor.dtype} [${tensor.shape.join(', ')}]`;
  if (tensor.dtype === 'string' || tensor.dtype === 'complex64' || tensor.size < 2) return head;
  const { low, high, mean } = rangeOf(tensor.dataSync());
  return `${head}, ${formatNumber(low)} to ${formatNumber(high)}, mean ${formatNumber(mean)}`;
}

function valuesOf(tensor: Tensor): string {
  // tfjs prints `Tensor` and the values, indented, long axes shortened.
  return tensor
    .toString()
    .replace(/^Tensor\n?/, '')
    .replace(/^ {4}/gm, '');
}

function rangeOf(values: ArrayLike<number>): { low: number; high: number; mean: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
    sum += value;
  }
  return { low, high, mean: sum / values.length };
}

function pictureOf(tensor: Tensor): PictureLike | null {
  const { shape, dtype } = tensor;
  if (shape.length !== 3 && shape.length !== 4) return null;
  const [height = 0, width = 0, channels = 0] = shape.slice(-3);
  if (![1, 3, 4].includes(channels) || height < 8 || width < 8) return null;
  if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') return null;
  const values = tensor.dataSync();
  const { low, high } = rangeOf(values);
  // Images are 0 to 1 in floats and 0 to 255 in integers; other ranges are normalised.
  const usual = low >= 0 && high <= 255;
  const top = usual && dtype === 'bool' ? 1 : usual ? (high <= 1 ? 1 : 255) : high;
  const bottom = usual ? 0 : low;
  const count = shape.length === 4 ? shape[0]! : 1;
  const shown = Math.min(count, most.pictures);
  const gap = shown > 1 ? 1 : 0;
  const across = shown * (width + gap) - gap;
  const depth = channels as 1 | 3 | 4;
  const bytes = new Uint8Array(across * height * depth).fill(255);
  for (let n = 0; n < shown; n++) {
    for (let y = 0; y < height; y++) {
      for (let i = 0; i < width * depth; i++) {
        const value = values[(n * height + y) * width * depth + i]!;
        const share = top > bottom ? (value - bottom) / (top - bottom) : 0;
        bytes[(y * across + n * (width + gap)) * depth + i] = Math.round(share * 255);
      }
    }
  }
  const zoom = Math.max(1, Math.floor(most.edge / Math.max(width, height)));
  const rest = count > shown ? `, first ${shown}` : '';
  return {
    png: encodePng({ width: across, height, channels: depth, bytes }),
    width: across * zoom,
    height: height * zoom,
    alt: `${summary(tensor)}${rest}`,
  };
}
