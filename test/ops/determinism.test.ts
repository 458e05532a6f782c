import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as crypto from 'node:crypto';
import * as path from 'node:path';
import { describe, it } from 'node:test';
import { optimizers } from '../../lib/ops';
import { setSeed, tf } from '../../lib/runtime';

/** Trains a small CNN, large enough for every op to use all threads, and hashes its weights. */
async function trainedWeights(seed: number): Promise<string> {
  setSeed(seed);
  const l = tf.layers;
  const conv = { filters: 16, kernelSize: 3, padding: 'same', activation: 'relu' } as const;
  const model = tf.sequential({
    layers: [
      l.conv2d({ ...conv, inputShape: [32, 32, 3] }),
      l.batchNormalization({}),
      l.depthwiseConv2d({ kernelSize: 3, padding: 'same' }),
      l.maxPooling2d({ poolSize: 2 }),
      l.conv2d({ ...conv, kernelRegularizer: tf.regularizers.l2({ l2: 1e-3 }) }),
      l.batchNormalization({}),
      l.flatten(),
      l.dense({ units: 64, activation: 'relu' }),
      l.dropout({ rate: 0.5 }),
      l.dense({ units: 10, activation: 'softmax' }),
    ],
  });
  const optimizer = optimizers.adam();
  model.compile({ optimizer, loss: 'categoricalCrossentropy' });
  const x = tf.randomUniform([64, 32, 32, 3]);
  const labels = tf.randomUniform([64], 0, 10, 'int32');
  const y = tf.oneHot(labels as never, 10);
  await model.fit(x, y, { batchSize: 16, epochs: 2, verbose: 0 });
  const hash = crypto.createHash('sha256');
  for (const weight of model.getWeights()) hash.update(weight.dataSync() as Float32Array);
  tf.dispose([x, labels, y]);
  optimizer.dispose();
  model.dispose();
  return hash.digest('hex');
}

if (process.argv[2] === 'child') {
  void trainedWeights(6).then((hash) => process.stdout.write(hash));
} else {
  describe('one seed', () => {
    it('gives the same weights bit for bit, in this process and in another', async () => {
      const first = await trainedWeights(6);
      assert.equal(await trainedWeights(6), first);
      assert.notEqual(await trainedWeights(7), first);
      const file = path.join(__dirname, 'determinism.test.ts');
      const args = ['--import', 'tsx', file, 'child'];
      const child = execFileSync(process.execPath, args, {
        encoding: 'utf8',
        env: { ...process.env, NODE_TEST_CONTEXT: undefined },
      });
      assert.equal(child, first);
    });
  });
}
