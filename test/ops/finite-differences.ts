import type { layers, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { Random, tf } from '../../lib/runtime';
import { assertClose } from './close';

const step = 1 / 128;

/**
 * Random values, each at least four steps away from zero and from every other: neither their order
 * nor their signs change when all are shifted by a step.
 */
export function spacedValues(size: number, random: Random): Float32Array {
  const order = random.permutation(size);
  return Float32Array.from(order, (place) => {
    const rank = place - (size - 1) / 2;
    return (Math.abs(rank) + 0.5) * Math.sign(rank || 1) * 4 * step;
  });
}

/** Values of both signs, about one in size. */
export function normalValues(size: number, random: Random): Float32Array {
  return Float32Array.from({ length: size }, () => random.normal());
}

function total(y: Tensor, weights: Float32Array): number {
  const values = y.dataSync();
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * weights[i]!;
  return sum;
}

/**
 * Asserts that the gradient of a random weighting of `compute`'s output agrees with central
 * differences along four random directions, for each of the variables.
 */
export function checkGradients(
  compute: () => Tensor,
  variables: Variable[],
  tolerance = 2e-3,
): void {
  const random = new Random(3);
  const y = tf.tidy(compute);
  const weights = normalValues(y.size, random);
  const weighting = tf.tensor(weights, y.shape);
  const { value, grads } = tf.variableGrads(
    () => tf.sum(tf.mul(compute(), weighting)) as never,
    variables,
  );
  for (const variable of variables) {
    const gradient = grads[variable.name]!.dataSync();
    const start = variable.dataSync().slice() as Float32Array;
    for (let direction = 0; direction < 4; direction++) {
      const way = Float32Array.from(start, () => random.next() * 2 - 1);
      const at = (length: number) => {
        const moved = start.map((v, i) => v + length * way[i]!);
        return tf.tidy(() => {
          variable.assign(tf.tensor(moved, variable.shape));
          return total(compute(), weights);
        });
      };
      const difference = (at(step) - at(-step)) / (2 * step);
      let slope = 0;
      for (let i = 0; i < way.length; i++) slope += way[i]! * gradient[i]!;
      const scale = Math.max(1, Math.abs(difference));
      assertClose([slope / scale], [difference / scale], tolerance, variable.name);
    }
    tf.tidy(() => variable.assign(tf.tensor(start, variable.shape)));
  }
  tf.dispose([y, weighting, value, grads]);
}

/** The same for a layer: gradients of its input and of its trainable weights. */
export function checkLayer(
  layer: layers.Layer,
  shape: number[],
  { training = false, values = normalValues, tolerance = 2e-3 } = {},
): void {
  layer.apply(tf.input({ batchShape: [null, ...shape.slice(1)] as never }));
  const size = shape.reduce((a, b) => a * b, 1);
  const start = tf.tensor(values(size, new Random(size)), shape);
  const x = tf.variable(start, true);
  start.dispose();
  const weights = layer.trainableWeights.map((weight) => weight.read() as unknown as Variable);
  const compute = () => layer.call(x as Tensor, { training }) as Tensor;
  checkGradients(compute, [x as Variable, ...weights], tolerance);
  x.dispose();
  layer.dispose();
}
