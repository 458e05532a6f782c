import type { Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../runtime';

export interface Rectangle {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** 1 inside of a rectangle, for each of them, else 0: `[n, height, width, 1]` float32, the caller's. */
export function pixelsOf(
  rectangles: readonly (Rectangle | undefined)[],
  height: number,
  width: number,
): Tensor4D {
  const values = new Float32Array(rectangles.length * height * width);
  for (const [i, rectangle] of rectangles.entries()) {
    if (!rectangle) continue;
    for (let y = rectangle.top; y < rectangle.top + rectangle.height; y++) {
      const from = (i * height + y) * width + rectangle.left;
      values.fill(1, from, from + rectangle.width);
    }
  }
  return tf.tensor4d(values, [rectangles.length, height, width, 1]);
}
