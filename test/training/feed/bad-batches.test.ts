import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { batches } from '../../../lib/data';
import { GradbookError, tf } from '../../../lib/runtime';
import {
  type BatchStream,
  evaluate,
  predict,
  type StreamedBatch,
  type TrainOptions,
  train,
} from '../../../lib/training';
import { smallCnn, stripes } from '../examples';

const examples = stripes(64);
const good = () => batches(examples, { batchSize: 16 });
const pixels = (rows: number, size = 8) => ({
  shape: [rows, size, size, 3],
  values: new Float32Array(rows * size * size * 3),
});
const labels = (rows: number, classes = 4) => ({
  shape: [rows, classes],
  values: new Float32Array(rows * classes),
});

let model: LayersModel;
let before: number;
beforeEach(() => {
  model = smallCnn();
  before = tf.memory().numTensors;
});
afterEach(() => {
  assert.equal(tf.memory().numTensors, before, 'no tensor is left behind');
  model.dispose();
});

function fails(data: BatchStream<unknown>, message: RegExp, options: Partial<TrainOptions> = {}) {
  const training = train(model, data as BatchStream, { epochs: 2, verbose: 0, ...options });
  return assert.rejects(training, (error: GradbookError) => {
    assert.ok(error instanceof GradbookError, String(error));
    assert.equal(error.code, 'bad-batch');
    assert.match(error.message, message);
    return true;
  });
}

/** Two good batches, then this one. */
function third(batch: unknown): BatchStream<unknown> {
  return async function* () {
    const [first, second] = good();
    yield* [first, second];
    yield typeof batch === 'function' ? batch() : batch;
  };
}

const place = 'batch 3 of epoch 1 of the training set: ';
const wrong: [string, unknown, RegExp][] = [
  [
    'images of another size',
    { x: pixels(4, 9), y: labels(4) },
    /x has rows of the shape \[9, 9, 3\] and the model's input is \[8, 8, 3\]/,
  ],
  ['targets of other classes', { x: pixels(4), y: labels(4, 5) }, /y has rows of the shape \[5\]/],
  ['fewer targets than inputs', { x: pixels(4), y: labels(3) }, /it has 4 inputs and 3 targets/],
  ['no rows', { x: pixels(0), y: labels(0) }, /it has 0 inputs and 0 targets/],
  ['two inputs', [[pixels(4), pixels(4)], labels(4)], /x is given for 2: the model has /],
  [
    'no targets',
    { x: pixels(4) },
    /it is an object of x: give \{ xs, ys \}, \{ x, y \} or \[x, y\]/,
  ],
  ['a list of four', [pixels(4), labels(4), [], []], /it is a list of 4: give/],
  ['nothing', undefined, /it is undefined: give/],
  [
    'too few values',
    { x: { shape: [4, 8, 8, 3], values: new Float32Array(8) }, y: labels(4) },
    /x has 8 values/,
  ],
  [
    'another scale',
    { x: pixels(4), y: labels(4) },
    /a column of it has scale 1 and offset 0 and the first batch scale 0\.0039/,
  ],
  [
    'weights',
    { x: { ...pixels(4), scale: 1 / 255 }, y: labels(4), sampleWeight: [1, 1, 1, 1] },
    /it has other sample weights than the first batch/,
  ],
  [
    'text',
    () => ({ xs: tf.tensor(['a']), ys: tf.tensor([1]) }),
    /a tensor of it is a string of the shape \[1\]/,
  ],
  [
    'a number',
    () => ({ xs: tf.scalar(1), ys: tf.scalar(1) }),
    /a tensor of it is a float32 of the shape \[\]/,
  ],
];
for (const [what, batch, message] of wrong) {
  test(`a batch with ${what} is named`, () =>
    fails(third(batch), new RegExp(`^${place}.*${message.source}`)));
}

test('an error that the iterator throws is named with its batch, and kept as the cause', async () => {
  const cause = new Error('no such file');
  const stream = async function* () {
    const [first] = good();
    yield first;
    throw cause;
  };
  await assert.rejects(train(model, stream as BatchStream, { epochs: 2, verbose: 0 }), {
    message: 'batch 2 of epoch 1 of the training set: the iterator threw: no such file',
    cause,
  });
});

test('an iterator without a batch is refused before training; a used one in its epoch', async () => {
  const told: number[] = [];
  const callbacks = [{ onEpochBegin: (epoch: number) => void told.push(epoch) }];
  const none = async function* () {};
  await fails(none, /^there is no batch 1 of epoch 1 of the training set: give at least one$/, {
    callbacks,
  });
  assert.deepEqual(told, []);
  await fails(
    good(),
    /^there is no batch 1 of epoch 2 of the training set: it can be iterated once only, so give a function/,
  );
  await fails(
    async function* () {
      yield* good();
    },
    /^there is no batch 1 of epoch 1 of the validation set/,
    { validationData: none },
  );
});

test('tensors that were disposed of are told', async () => {
  const kept = [...good()].map(({ x, y }) => {
    const xs = tf.tensor(Array.from(x.values), [...x.shape] as [number, number, number, number]);
    return { xs, ys: tf.tensor(Array.from(y.values), [...y.shape] as [number, number]) };
  });
  await fails(
    kept,
    /^batch 1 of epoch 2 of the training set: a tensor of it was disposed of before/,
  );
});

test('labels of a batch that name no class are told', async () => {
  const sparse = (label: number) => ({
    ...{ x: { ...pixels(2), scale: 1 / 255 }, y: { shape: [2], values: Int32Array.of(0, label) } },
  });
  const loss = 'sparseCategoricalCrossentropy';
  await fails([sparse(3), sparse(4)], /^batch 2 of epoch 1 of .*: label 4/, { loss });
  const tensors = () => [{ xs: tf.zeros([2, 8, 8, 3]), ys: tf.tensor1d([0, 7], 'int32') }];
  await fails(tensors, /^batch 1 of epoch 1 of .*: label 7/, { loss });
});

test('evaluate and predict name batches without an epoch', async () => {
  await assert.rejects(evaluate(model, third({ x: pixels(4, 9), y: labels(4) }) as BatchStream), {
    code: 'bad-batch',
    message: /^batch 3 of the set: x has rows/,
  });
  const inputs = third(pixels(4, 9)) as BatchStream<StreamedBatch>;
  await assert.rejects(predict(model, inputs), { message: /^batch 3 of the set: x has rows/ });
  const tensors = async function* () {
    yield tf.zeros([2, 8, 8, 3]);
    yield 5;
  };
  await assert.rejects(predict(model, tensors as unknown as BatchStream), {
    message: 'batch 2 of the set: it is 5: give a tensor, an array with its shape, or { x }',
  });
});

test('options that do not go with streams are refused', async () => {
  const options = { epochs: 2, verbose: 0 } as const;
  const refused = (data: BatchStream, more: Partial<TrainOptions>, message: RegExp) =>
    assert.rejects(train(model, data, { ...options, ...more }), { code: 'bad-option', message });
  await refused(good, { batchSize: 8 }, /batchSize 8 for the training set, which comes in batches/);
  await refused(good, { prefetch: -1 }, /prefetch -1/);
  await refused(good, { stepsPerEpoch: 0 }, /stepsPerEpoch 0/);
  await refused(good, { validationData: good, validationSteps: 1.5 }, /validationSteps 1.5/);
  const endless = tf.data.array([1]).repeat().batch(1);
  await refused(endless, {}, /the training set never ends: give stepsPerEpoch/);
});
