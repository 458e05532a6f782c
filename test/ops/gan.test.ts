import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { LayersModel, SymbolicTensor, Tensor } from '@tensorflow/tfjs-node-gpu';
import { optimizers } from '../../lib/ops';
import { setSeed, tf } from '../../lib/runtime';
import { train } from '../../lib/training';

/** tfjs's recipe for a GAN: the discriminator is compiled, then frozen, then part of a compiled model. */
function gan(nested: boolean) {
  setSeed(4);
  const features = [
    tf.layers.dense({ units: 6, inputShape: [3], activation: 'relu' }),
    tf.layers.batchNormalization({ momentum: 0.5 }),
  ];
  const last = tf.layers.dense({ units: 1, activation: 'sigmoid' });
  let discriminator: LayersModel;
  if (nested) {
    const x = tf.input({ shape: [3] });
    const y = last.apply(tf.sequential({ layers: features }).apply(x)) as SymbolicTensor;
    discriminator = tf.model({ inputs: x, outputs: y });
  } else discriminator = tf.sequential({ layers: [...features, last] });
  const generator = tf.sequential({
    layers: [
      tf.layers.dense({ units: 4, inputShape: [2], activation: 'relu' }),
      tf.layers.dense({ units: 3 }),
    ],
  });
  const options = { loss: 'binaryCrossentropy' };
  const optimizer = [optimizers.sgd({ learningRate: 0.1 }), optimizers.sgd({ learningRate: 0.1 })];
  discriminator.compile({ ...options, optimizer: optimizer[0]! });
  discriminator.trainable = false;
  const z = tf.input({ shape: [2] });
  const y = discriminator.apply(generator.apply(z)) as SymbolicTensor;
  const combined = tf.model({ inputs: z, outputs: y });
  combined.compile({ ...options, optimizer: optimizer[1]! });
  const x = tf.randomNormal([8, 3]);
  const noise = tf.randomNormal([8, 2]);
  const labels = tf.tensor2d([1, 0, 1, 1, 0, 0, 1, 0], [8, 1]);
  const parts = { x, noise, labels };
  const dispose = () => {
    tf.dispose(Object.values(parts));
    for (const each of optimizer) each.dispose();
    combined.dispose();
  };
  return { discriminator, generator, combined, ...parts, dispose };
}

/** Values of all weights, in the order of the layers, whatever is frozen. */
function valuesOf(model: LayersModel): number[] {
  const inner = (layers: LayersModel['layers']): Tensor[] =>
    layers.flatMap((layer) =>
      'layers' in layer
        ? inner((layer as LayersModel).layers)
        : layer.weights
            .map((weight) => [weight.originalName, weight.read()] as const)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([, value]) => value),
    );
  return inner(model.layers).flatMap((value) => [...value.dataSync()]);
}

type Way = 'trainOnBatch' | 'fit' | 'train' | 'train, as a function';
const ways: Way[] = ['trainOnBatch', 'fit', 'train', 'train, as a function'];

async function teach(model: LayersModel, x: Tensor, labels: Tensor, way: Way): Promise<void> {
  if (way === 'trainOnBatch') await model.trainOnBatch(x, labels);
  else if (way === 'fit') await model.fit(x, labels, { batchSize: 8, verbose: 0 });
  else {
    const rows = (tensor: Tensor) => ({
      shape: tensor.shape,
      values: tensor.dataSync() as Float32Array,
    });
    const epochs = way === 'train' ? 1 : 20;
    const examples = { x: rows(x), y: rows(labels) };
    await train(model, examples, { epochs, batchSize: 8, shuffle: false, verbose: 0 });
  }
}

describe('a discriminator that was compiled before it was frozen', () => {
  let tensors = 0;
  beforeEach(() => {
    tensors = tf.memory().numTensors;
  });
  afterEach(() => {
    assert.equal(tf.memory().numTensors, tensors);
  });

  for (const nested of [false, true]) {
    for (const way of ways) {
      it(`learns by ${way}, as if it were not frozen${nested ? ', nested' : ''}`, async () => {
        const { discriminator, generator, x, labels, dispose } = gan(nested);
        await teach(discriminator, x, labels, way);
        const frozen = valuesOf(discriminator);
        assert.equal(discriminator.trainable, false);
        assert.ok(discriminator.layers.every(({ trainable }) => trainable === false));
        dispose();
        const free = gan(nested);
        const untouched = valuesOf(free.generator);
        const start = valuesOf(free.discriminator);
        free.discriminator.trainable = true;
        await teach(free.discriminator, free.x, free.labels, way);
        assert.deepEqual(frozen, valuesOf(free.discriminator));
        assert.ok(frozen.every((value, i) => value !== start[i]));
        assert.deepEqual(valuesOf(free.generator), untouched);
        void generator;
        free.dispose();
      });

      it(`stays as it is while the generator learns by ${way}${nested ? ', nested' : ''}`, async () => {
        const { discriminator, generator, combined, noise, labels, dispose } = gan(nested);
        const before = [valuesOf(discriminator), valuesOf(generator)];
        await teach(combined, noise, labels, way);
        assert.deepEqual(valuesOf(discriminator), before[0]);
        assert.notDeepEqual(valuesOf(generator), before[1]);
        // Also when it is thawed without compiling again.
        discriminator.trainable = true;
        await teach(combined, noise, labels, way);
        assert.deepEqual(valuesOf(discriminator), before[0]);
        dispose();
      });
    }
  }

  it('is frozen when it is compiled again', async () => {
    const { discriminator, x, labels, dispose } = gan(false);
    const optimizer = optimizers.sgd();
    discriminator.layers.at(-1)!.trainable = true;
    discriminator.trainable = true;
    for (const layer of discriminator.layers.slice(0, -1)) layer.trainable = false;
    discriminator.compile({ optimizer, loss: 'binaryCrossentropy' });
    const before = valuesOf(discriminator);
    await teach(discriminator, x, labels, 'trainOnBatch');
    const after = valuesOf(discriminator);
    const moved = after.filter((value, i) => value !== before[i]).length;
    assert.equal(moved, 7);
    optimizer.dispose();
    dispose();
  });
});
