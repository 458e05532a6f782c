import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { cnn, largeCnn, mlp, multiLabelCnn, summarize, summaryText, unet } from '../../lib/models';
import { setSeed, tf } from '../../lib/runtime';

beforeEach(() => setSeed(1));

const names = (model: LayersModel) => summarize(model).rows.map(({ name }) => name);

test('the CNN of the paper: three blocks, batch norm, dropout, as Keras counts them', () => {
  const model = cnn();
  const { rows, total, trainable, nonTrainable } = summarize(model);
  assert.deepEqual(rows.slice(0, 4), [
    { name: 'conv_1', className: 'Conv2D', outputShape: '(None, 64, 64, 32)', params: 864 },
    {
      name: 'conv_1_bn',
      className: 'BatchNormalization',
      outputShape: '(None, 64, 64, 32)',
      params: 128,
    },
    { name: 'conv_1_relu', className: 'ReLU', outputShape: '(None, 64, 64, 32)', params: 0 },
    {
      name: 'conv_1_pool',
      className: 'MaxPooling2D',
      outputShape: '(None, 32, 32, 32)',
      params: 0,
    },
  ]);
  // 3·3·3·32 + 3·3·32·64 + 3·3·64·64 + 4096·64, batch norms 4·(32 + 64 + 64 + 64), top 64·10 + 10.
  assert.equal(total, 864 + 18_432 + 36_864 + 262_144 + 896 + 650);
  assert.equal(nonTrainable, 448);
  assert.equal(trainable, total - nonTrainable);
});

test('options change depth, width, regularisation and the task', () => {
  const plain = cnn({ filters: [8, 8], convolutions: 2, units: [], batchNorm: false, l2: 0 });
  assert.deepEqual(names(plain), [
    ...['conv_1a', 'conv_1a_relu', 'conv_1b', 'conv_1b_relu', 'conv_1_pool'],
    ...['conv_2a', 'conv_2a_relu', 'conv_2b', 'conv_2b_relu', 'conv_2_pool'],
    ...['flatten', 'types'],
  ]);
  assert.equal(plain.calculateLosses().length, 0);
  // Three convolutions and one dense layer carry an L2 penalty; the output does not.
  assert.equal(cnn().calculateLosses().length, 4);
  assert.ok(names(multiLabelCnn()).includes('conv_2_dropout'));
  assert.deepEqual(names(mlp({ units: [4], dropout: 0.2 })), [
    ...['flatten', 'dense_1', 'dense_1_relu', 'dense_1_dropout', 'types'],
  ]);
});

test("a single-label network's probabilities sum to 1, a multi-label network's are independent", () => {
  const x = tf.randomUniform([2, 64, 64, 3]);
  const sums = (model: LayersModel) =>
    tf.tidy(() => Array.from(tf.sum(model.predict(x) as Tensor, 1).dataSync()));
  for (const model of [cnn(), mlp(), largeCnn({ filters: [8], units: [8] })]) {
    for (const sum of sums(model)) assert.ok(Math.abs(sum - 1) < 1e-5, `${model.name}: ${sum}`);
  }
  const multi = tf.tidy(() => (multiLabelCnn().predict(x) as Tensor).dataSync());
  assert.ok(multi.every((value) => value > 0 && value < 1));
});

test('the U-Net gives each pixel a probability and concatenates both paths', () => {
  const model = unet({ filters: [4, 8, 8], inputShape: [16, 16, 3] });
  assert.deepEqual(model.outputs[0]!.shape, [null, 16, 16, 1]);
  const rows = summarize(model).rows;
  const shape = (name: string) => rows.find((row) => row.name === name)!.outputShape;
  assert.equal(shape('down_3'), '(None, 4, 4, 8)');
  assert.equal(shape('up_2_concat'), '(None, 8, 8, 16)');
  assert.equal(shape('up_1_concat'), '(None, 16, 16, 12)');
});

test('the same seed builds the same network', async () => {
  const first = cnn()
    .getWeights()
    .map((weight) => weight.dataSync());
  setSeed(1);
  const again = cnn()
    .getWeights()
    .map((weight) => weight.dataSync());
  assert.deepEqual(again, first);
});

test('options out of range are refused with their value', () => {
  const refused = (make: () => unknown, message: RegExp) =>
    assert.throws(make, { name: 'GradbookError', code: 'bad-option', message });
  refused(() => cnn({ filters: [32, 0] }), /filters \[32,0\]: each must be an integer above 0/);
  refused(() => cnn({ dropout: 1 }), /dropout 1: give 0 or more, below 1/);
  refused(() => mlp({ units: [2.5] }), /units \[2\.5\]/);
  refused(() => cnn({ l2: -1 }), /l2 -1: give 0 or more/);
  refused(() => unet({ inputShape: [30, 30, 3] }), /30×30×3: 3 levels need sides divisible by 4/);
});

test("a summary equals Keras's", () => {
  assert.equal(
    summaryText(summarize(mlp({ inputShape: [2, 2, 3], units: [5] }))),
    [
      'Model: mlp',
      'Layer (type)         Output Shape  Param #',
      'flatten (Flatten)    (None, 12)    0',
      'dense_1 (Dense)      (None, 5)     65',
      'dense_1_relu (ReLU)  (None, 5)     0',
      'types (Dense)        (None, 10)    60',
      'Total params: 125',
      'Trainable params: 125',
      'Non-trainable params: 0',
    ].join('\n'),
  );
});
