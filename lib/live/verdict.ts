import { threshold } from './answer';
import type { LiveKind, LivePicture } from './types';

/** The classes that a network predicts for an image, the most probable first. */
export function predictedClasses(kind: LiveKind, output: ArrayLike<number>): number[] {
  const order = Array.from(output, (_, i) => i).sort((a, b) => output[b]! - output[a]!);
  if (kind === 'mask') return [];
  return kind === 'single' ? order.slice(0, 1) : order.filter((i) => output[i]! >= threshold);
}

/** Whether those are the image's: its class, or of several all of them and no other. */
export function isRight(
  kind: LiveKind,
  output: ArrayLike<number>,
  { primary, secondary }: LivePicture,
): boolean {
  const predicted = predictedClasses(kind, output);
  if (kind === 'single') return predicted[0] === primary;
  const wanted = secondary < 0 ? [primary] : [primary, secondary];
  return predicted.length === wanted.length && wanted.every((one) => predicted.includes(one));
}

/**
 * Intersection over union of a mask and the true one, counted from the threshold on; 1 where both are
 * empty.
 */
export function overlapOf(output: ArrayLike<number>, mask: ArrayLike<number>): number {
  let both = 0;
  let either = 0;
  for (let i = 0; i < mask.length; i++) {
    const predicted = output[i]! >= threshold;
    const is = mask[i]! > 0;
    if (predicted && is) both++;
    if (predicted || is) either++;
  }
  return either === 0 ? 1 : both / either;
}
