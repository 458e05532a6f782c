import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { LayersModel, layers, SymbolicTensor, Tensor } from '@tensorflow/tfjs-node-gpu';
import { foldBatchNorm } from '../../lib/ops';
import { setSeed, tf } from '../../lib/runtime';
import { assertClose } from './close';

type Layer = layers.Layer;

/** Weights with which no batch norm is the identity. */
function shake(model: LayersModel): LayersModel {
  const shaken = model.getWeights().map((weight) => tf.randomUniform(weight.shape, 0.2, 1.2));
  model.setWeights(shaken);
  tf.dispose(shaken);
  return model;
}

function chain(input: SymbolicTensor, made: Layer[]): SymbolicTensor {
  return made.reduce((x, layer) => layer.apply(x) as SymbolicTensor, input);
}

function mobileLayers(): Layer[] {
  const l = tf.layers;
  const plain = { useBias: false } as const;
  return [
    l.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', ...plain }),
    l.batchNormalization({}),
    l.reLU({ maxValue: 6 }),
    l.zeroPadding2d({
      padding: [
        [0, 1],
        [0, 1],
      ],
    }),
    l.depthwiseConv2d({ kernelSize: 3, strides: 2, depthMultiplier: 2, ...plain }),
    l.batchNormalization({ scale: false }),
    l.reLU({ maxValue: 6, name: 'cut' }),
    l.conv2d({ filters: 5, kernelSize: 1, activation: 'relu' }),
    l.batchNormalization({ center: false }),
    l.globalAveragePooling2d({} as never),
    l.dense({ units: 6 }),
    l.batchNormalization({}),
    l.dropout({ rate: 0.5 }),
    l.dense({ units: 3, activation: 'softmax' }),
  ];
}

function check(model: LayersModel, shape: number[], until?: string): void {
  shake(model);
  const x = tf.randomNormal(shape);
  const folded = foldBatchNorm(model, { batchSize: 2, ...(until !== undefined && { until }) });
  const actual = folded.predict(x);
  const expectedModel = until
    ? tf.model({ inputs: model.inputs, outputs: model.getLayer(until).output as SymbolicTensor })
    : model;
  const expected = expectedModel.predict(x) as Tensor;
  assert.deepEqual(actual.shape, expected.shape);
  assert.deepEqual(folded.outputShape, expected.shape.slice(1));
  assertClose(actual.dataSync(), expected.dataSync(), 1e-5, 'output');
  folded.dispose();
  tf.dispose([x, actual, expected]);
  model.dispose();
}

describe('fold', () => {
  let tensors = 0;
  beforeEach(() => {
    setSeed(1);
    tensors = tf.memory().numTensors;
  });
  afterEach(() => assert.equal(tf.memory().numTensors, tensors));

  const functional = () => {
    const input = tf.input({ shape: [15, 13, 3] });
    return tf.model({ inputs: input, outputs: chain(input, mobileLayers()) });
  };

  it('gives the outputs of a functional chain, the last batch smaller', () =>
    check(functional(), [5, 15, 13, 3]));

  it('gives those of a sequential', () => {
    const [first, ...rest] = mobileLayers();
    const model = tf.sequential();
    model.add(tf.layers.inputLayer({ inputShape: [15, 13, 3] }));
    for (const layer of [first!, ...rest]) model.add(layer);
    check(model, [3, 15, 13, 3]);
  });

  it('stops after the given layer', () => check(functional(), [3, 15, 13, 3], 'cut'));

  it('stops between a convolution and its batch norm', () => {
    const model = functional();
    check(model, [1, 15, 13, 3], model.layers[1]!.name);
  });

  it('goes into a model inside a model', () => {
    const inner = functional();
    const input = tf.input({ shape: [15, 13, 3] });
    const outer = tf.model({ inputs: input, outputs: inner.apply(input) as SymbolicTensor });
    check(outer, [2, 15, 13, 3]);
  });

  it('handles branches, and a convolution that two layers need', () => {
    const input = tf.input({ shape: [6, 6, 2] });
    const conv = tf.layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same' });
    const shared = conv.apply(input) as SymbolicTensor;
    const normed = chain(shared, [tf.layers.batchNormalization({}), tf.layers.reLU({})]);
    const sum = tf.layers.add().apply([normed, shared]) as SymbolicTensor;
    const both = tf.layers.concatenate().apply([sum, shared]) as SymbolicTensor;
    const output = chain(both, [tf.layers.flatten(), tf.layers.dense({ units: 2 })]);
    check(tf.model({ inputs: input, outputs: output }), [3, 6, 6, 2]);
  });

  it('works without TensorFlow', async () => {
    await tf.setBackend('cpu');
    try {
      check(functional(), [3, 15, 13, 3]);
    } finally {
      await tf.setBackend('tensorflow');
    }
  });

  it('takes a sequential that was never called', () => {
    const model = tf.sequential();
    model.add(tf.layers.dense({ units: 3, inputShape: [2] }));
    model.add(tf.layers.batchNormalization({}));
    const folded = foldBatchNorm(model);
    assert.deepEqual(folded.outputShape, [3]);
    folded.dispose();
    model.dispose();
  });

  it('takes the second half of a model, whose layers belong to both', () => {
    const model = functional();
    const cut = model.layers.findIndex(({ name }) => name === 'cut');
    const shape = (model.getLayer('cut').outputShape as number[]).slice(1);
    const input = tf.input({ shape });
    const half = tf.model({ inputs: input, outputs: chain(input, model.layers.slice(cut + 1)) });
    check(half, [3, ...shape]);
    model.dispose();
  });

  it('lists the layers for an unknown one', () => {
    const model = functional();
    assert.throws(() => foldBatchNorm(model, { until: 'nowhere' }), { code: 'bad-layer' });
    model.dispose();
  });

  it('cannot be used after dispose', () => {
    const model = functional();
    const folded = foldBatchNorm(model);
    folded.dispose();
    folded.dispose();
    assert.throws(() => folded.predict(tf.zeros([0])), { code: 'disposed' });
    model.dispose();
    tensors = tf.memory().numTensors;
  });

  it('refuses masks, and folds the same network without them', () => {
    const network = (first: Layer[]) => {
      const layers = [...first, tf.layers.lstm({ units: 3 }), tf.layers.dense({ units: 2 })];
      return tf.sequential({ layers });
    };
    const embedding = (maskZero: boolean) =>
      tf.layers.embedding({ inputDim: 5, outputDim: 4, inputLength: 6, maskZero });
    const masked = [
      network([embedding(true)]),
      network([tf.layers.masking({ maskValue: 0, inputShape: [6, 2] })]),
    ];
    for (const model of masked) {
      assert.throws(() => foldBatchNorm(model), {
        code: 'unfoldable',
        message: /mask.*use predict/,
      });
      model.dispose();
    }
    const model = network([embedding(false)]);
    const folded = foldBatchNorm(model);
    const x = tf.tensor2d([[1, 4, 2, 0, 0, 0]]);
    const [ours, theirs] = [folded.predict(x), model.predict(x) as Tensor];
    assertClose(ours.dataSync(), theirs.dataSync(), 1e-5, 'outputs');
    tf.dispose([x, ours, theirs]);
    folded.dispose();
    model.dispose();
  });
});
