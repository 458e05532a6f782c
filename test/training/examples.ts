import type { Examples } from '../../lib/data/types';
import { Random, tf } from '../../lib/runtime';

/** Small uint8 images whose brightest quarter is the class: easy, but not trivial. */
export function stripes(count: number, classes = 4, seed = 1): Examples {
  const size = 8;
  const random = new Random(seed);
  const pixels = size * size * 3;
  const values = new Uint8Array(count * pixels);
  const labels = new Float32Array(count * classes);
  for (let i = 0; i < count; i++) {
    const own = random.integer(0, classes);
    labels[i * classes + own] = 1;
    for (let j = 0; j < pixels; j++) {
      const bright = Math.floor((j / pixels) * classes) === own ? 60 : 0;
      values[i * pixels + j] = random.integer(0, 190) + bright;
    }
  }
  return {
    x: { shape: [count, size, size, 3], values, scale: 1 / 255 },
    y: { shape: [count, classes], values: labels },
  };
}

/** A small network with everything that makes resuming hard: dropout, batch norm, L2. */
export function smallCnn(classes = 4) {
  return tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [8, 8, 3],
        filters: 6,
        kernelSize: 3,
        kernelRegularizer: tf.regularizers.l2({ l2: 0.001 }),
      }),
      tf.layers.batchNormalization(),
      tf.layers.reLU(),
      tf.layers.dropout({ rate: 0.25 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 16, activation: 'relu' }),
      tf.layers.dropout({ rate: 0.5 }),
      tf.layers.dense({ units: classes, activation: 'softmax' }),
    ],
  });
}
