import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { type Random, tf } from '../../../lib/runtime';
import type { Graph } from './graphs';

/** Values that keep activations in their middle: weights of size 0.4, scales about 1, variances above 0.5. */
export function drawWeights(model: LayersModel, random: Random): void {
  const draw = (name: string) => {
    if (name.includes('variance')) return 0.5 + random.next();
    if (name.includes('gamma')) return 0.8 + 0.4 * random.next();
    return 0.4 * random.normal();
  };
  tf.tidy(() => {
    model.setWeights(
      model.weights.map(({ name, shape }) => {
        const size = (shape as number[]).reduce((a, b) => a * b, 1);
        const values = Float32Array.from({ length: size }, () => draw(name));
        return tf.tensor(values, shape as number[]);
      }),
    );
  });
}

/** A batch of a network's inputs. Masked steps are zeros. Belongs to the caller. */
export function drawInputs(graph: Graph, batch: number, random: Random): Tensor[] {
  return graph.inputs.map((shape, i) => {
    const all = [batch, ...shape];
    const size = all.reduce((a, b) => a * b, 1);
    const tokens = graph.tokens[i];
    if (tokens !== undefined) {
      const values = Int32Array.from({ length: size }, () => random.integer(0, tokens));
      return tf.tensor(values, all, 'int32');
    }
    const values = Float32Array.from({ length: size }, () => random.normal());
    if (shape.length === 2) {
      const [length, channels] = shape as [number, number];
      for (let row = 0; row < batch; row++) {
        const masked = random.integer(0, length);
        values.fill(0, (row * length + masked) * channels, (row * length + masked + 1) * channels);
      }
    }
    return tf.tensor(values, all);
  });
}
