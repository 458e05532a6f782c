import * as crypto from 'node:crypto';
import { tf } from '../../lib/runtime';
import { train } from '../../lib/training';
import { smallCnn, stripes } from './examples';

/** Builds and trains a network with dropout, batch norm and shuffles; a hash of all its weights. */
export async function trainedHash(seed?: number): Promise<string> {
  const model = smallCnn();
  await train(model, stripes(70), {
    epochs: 3,
    batchSize: 16,
    verbose: 0,
    augment: (batch) => batch.mul(tf.randomUniform([batch.shape[0]!, 1, 1, 1], 0.8, 1.2)),
    ...(seed !== undefined && { seed }),
  });
  const hash = crypto.createHash('sha256');
  for (const weight of model.weights) hash.update(weight.read().dataSync() as Float32Array);
  model.dispose();
  return hash.digest('hex');
}
