import * as crypto from 'node:crypto';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { Examples } from '../../lib/data/types';
import { cnn } from '../../lib/models';
import { Random, setSeed } from '../../lib/runtime';
import { type TrainOptions, train } from '../../lib/training';

/** Images whose brightest quarter is the class, `[count, 32, 32, 3]`. */
export function stripes(count: number, classes = 4): Examples {
  const size = 32;
  const random = new Random(1);
  const pixels = size * size * 3;
  const values = new Uint8Array(count * pixels);
  const labels = new Float32Array(count * classes);
  for (let i = 0; i < count; i++) {
    const own = random.integer(0, classes);
    labels[i * classes + own] = 1;
    for (let j = 0; j < pixels; j++) {
      const bright = Math.floor((j / pixels) * classes) === own ? 25 : 0;
      values[i * pixels + j] = random.integer(0, 190) + bright;
    }
  }
  return {
    x: { shape: [count, size, size, 3], values, scale: 1 / 255 },
    y: { shape: [count, classes], values: labels },
  };
}

/** A small CNN with batch norm, dropout and L2 that was trained on `stripes` for some steps. */
export async function trainedModel(options: Partial<TrainOptions> = {}): Promise<LayersModel> {
  setSeed(1);
  const model = cnn({ inputShape: [32, 32, 3], classes: 4, filters: [8, 16], units: [16] });
  await train(model, stripes(120), { epochs: 5, batchSize: 16, seed: 2, verbose: 0, ...options });
  return model;
}

/** A hash of all weights of such a training. */
export async function trainedHash(options: Partial<TrainOptions> = {}): Promise<string> {
  const model = await trainedModel(options);
  const hash = crypto.createHash('sha256');
  for (const weight of model.weights) hash.update(weight.read().dataSync() as Float32Array);
  model.dispose();
  return hash.digest('hex');
}
