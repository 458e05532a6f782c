import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Scalar, Tensor } from '@tensorflow/tfjs-node-gpu';
import {
  logitsOf,
  optimizers,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
  useNativeOps,
} from '../../lib/ops';
import { setSeed, tf } from '../../lib/runtime';
import { assertClose } from './close';

const losses = {
  softmax: 'categoricalCrossentropy',
  sigmoid: 'binaryCrossentropy',
} as const;

/** One dense layer whose logits are a thousand times its input, so that float32 probabilities saturate. */
function saturated(activation: 'softmax' | 'sigmoid') {
  const model = tf.sequential();
  model.add(tf.layers.dense({ units: 2, inputShape: [2], activation, useBias: false }));
  const kernel = tf.tensor2d([1000, 0, 0, 1000], [2, 2]);
  model.setWeights([kernel]);
  kernel.dispose();
  return model;
}

describe('losses from logits', () => {
  for (const [activation, loss] of Object.entries(losses) as [keyof typeof losses, string][]) {
    it(`${loss} of a saturated ${activation} is exact in fit and evaluate`, async () => {
      const model = saturated(activation);
      model.compile({ optimizer: 'sgd', loss });
      const x = tf.tensor2d([[1, 0]]);
      const y = tf.tensor2d([[0, 1]]);
      const expected = activation === 'softmax' ? 1000 : (1000 + Math.log(2)) / 2;
      const tensors = tf.memory().numTensors;
      const evaluated = model.evaluate(x, y) as Scalar;
      assertClose(evaluated.dataSync(), [expected], 1e-6, 'evaluate');
      evaluated.dispose();
      assertClose([(await model.trainOnBatch(x, y)) as number], [expected], 1e-6, 'train');
      const after = model.evaluate(x, y) as Scalar;
      assert.ok(after.dataSync()[0]! < expected, 'there was no gradient');
      after.dispose();
      assert.equal(tf.memory().numTensors, tensors);
      tf.dispose([x, y]);
      model.dispose();
    });
  }

  it('trains where plain tfjs has no gradient', async () => {
    setSeed(2);
    const x = tf.randomNormal([32, 8], 0, 40);
    const y = tf.oneHot(tf.argMax(x.slice([0, 0], [32, 3]), 1), 3);
    const train = async () => {
      setSeed(2);
      const model = tf.sequential();
      model.add(tf.layers.dense({ units: 16, inputShape: [8], activation: 'relu' }));
      model.add(tf.layers.dense({ units: 3, activation: 'softmax' }));
      const optimizer = optimizers.adam({ learningRate: 0.01 });
      model.compile({ optimizer, loss: 'categoricalCrossentropy' });
      const { history } = await model.fit(x, y, { epochs: 60, verbose: 0, shuffle: false });
      optimizer.dispose();
      model.dispose();
      return history['loss']!.at(-1) as number;
    };
    const ours = await train();
    useNativeOps({ lossFromLogits: false });
    const stock = await train();
    useNativeOps({ lossFromLogits: true });
    assert.ok(ours < 0.5 * stock, `ours ends at ${ours}, tfjs at ${stock}`);
    tf.dispose([x, y]);
  });

  it('are released with the outermost scope', () => {
    const model = saturated('softmax');
    const x = tf.tensor2d([[1, 0]]);
    tf.tidy(() => {
      const inside = model.apply(x) as Tensor;
      assert.deepEqual([...logitsOf(inside)!.dataSync()], [1000, 0]);
    });
    const outside = model.predict(x) as Tensor;
    assert.equal(logitsOf(outside), undefined);
    assert.equal(logitsOf(x), undefined);
    tf.dispose([x, outside]);
    model.dispose();
  });

  it('need equal shapes', () => {
    const [a, b] = [tf.zeros([2, 3]), tf.zeros([3, 2])];
    for (const loss of [softmaxCrossEntropy, sigmoidCrossEntropy]) {
      assert.throws(() => loss(a, b), { code: 'bad-shape' });
    }
    tf.dispose([a, b]);
  });

  it('work for several outputs and integer labels', async () => {
    const input = tf.input({ shape: [4] });
    const one = tf.layers.dense({ units: 3, activation: 'softmax', name: 'one' }).apply(input);
    const two = tf.layers.dense({ units: 2, activation: 'sigmoid', name: 'two' }).apply(input);
    const model = tf.model({ inputs: input, outputs: [one, two] as never });
    model.compile({
      optimizer: 'sgd',
      loss: { one: 'sparseCategoricalCrossentropy', two: 'binaryCrossentropy' } as never,
    });
    const x = tf.ones([2, 4]);
    const y = [
      tf.tensor2d([[0], [2]]),
      tf.tensor2d([
        [0, 1],
        [1, 1],
      ]),
    ];
    const values = (await model.trainOnBatch(x, y)) as number[];
    assert.equal(values.length, 3);
    assertClose([values[0]!], [values[1]! + values[2]!], 1e-5, 'total');
    tf.dispose([x, y]);
    model.dispose();
  });
});
