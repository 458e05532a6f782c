import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import type { NdArray } from '../../lib/data';
import { optimizers } from '../../lib/ops';
import { tf } from '../../lib/runtime';
import {
  evaluate,
  findLearningRate,
  predict,
  predictOutputs,
  score,
  type TrainOptions,
  train,
} from '../../lib/training';
import { stripes } from './examples';
import { close, floats, type PlainTensor, readFixture } from './numbers';

interface Fitted {
  start: Record<string, PlainTensor>;
  end: Record<string, PlainTensor>;
  history: Record<string, number[]>;
  evaluated: Record<string, number>;
}
interface Single extends Fitted {
  x: PlainTensor;
  y: PlainTensor;
  w: PlainTensor;
  heldX: PlainTensor;
  heldY: PlainTensor;
  heldW: PlainTensor;
}
type Named = Record<string, PlainTensor>;
interface Several extends Fitted {
  x: Named;
  y: Named;
  w: Named;
  heldX: Named;
  heldY: Named;
  predicted: Named;
}
interface Fixture {
  sparse: Single;
  pixels: Single;
  weighted: Single;
  several: Several;
}
const fixture = readFixture<Fixture>('fit-any-model.json');

/** Sets weights by Keras's paths, such as `hidden/kernel`. */
function start(model: LayersModel, weights: Named): LayersModel {
  for (const layer of model.layers) {
    const own = ['kernel', 'bias'].map((name) => weights[`${layer.name}/${name}`]);
    if (!own[0]) continue;
    tf.tidy(() => layer.setWeights(own.map((w) => tf.tensor(floats(w!).values, w!.shape))));
  }
  return model;
}

function check(model: LayersModel, found: Record<string, readonly number[]>, given: Fitted): void {
  for (const [key, values] of Object.entries(given.history)) {
    for (const [epoch, value] of values.entries()) {
      const own = found[key]?.[epoch] ?? Number.NaN;
      assert.ok(close(own, value, 3e-5), `${key} ${epoch}: ${own}, not ${value}`);
    }
  }
  for (const layer of model.layers) {
    for (const [i, weight] of layer.getWeights().entries()) {
      const wanted = floats(given.end[`${layer.name}/${['kernel', 'bias'][i]}`]!).values;
      const own = weight.dataSync();
      for (const [j, value] of wanted.entries()) {
        assert.ok(close(own[j]!, value, 1e-4), `${layer.name} ${i}: ${own[j]}, not ${value}`);
      }
    }
  }
}

function classifier({ x, start: weights }: Single, units: number): LayersModel {
  const { layers } = tf;
  const inputShape = x.shape.slice(1);
  const model = tf.sequential({
    layers: [
      layers.dense({ inputShape, units: 6, activation: 'relu', name: 'hidden' }),
      layers.dense({ units, activation: 'softmax', name: 'out' }),
    ],
  });
  return start(model, weights);
}

const common = { epochs: 3, batchSize: 8, shuffle: false, verbose: 0 } as const;

const ways: [keyof Omit<Fixture, 'several'>, number, Partial<TrainOptions>][] = [
  ['sparse', 4, { loss: 'sparseCategoricalCrossentropy', learningRate: 0.02 }],
  ['pixels', 3, { loss: 'sparseCategoricalCrossentropy', optimizer: 'sgd', learningRate: 0.3 }],
  [
    'weighted',
    4,
    {
      loss: 'meanSquaredError',
      metrics: ['accuracy'],
      optimizer: 'sgd',
      learningRate: 0.5,
      classWeight: { 1: 3, 3: 0.2 },
    },
  ],
];

for (const [name, units, options] of ways) {
  test(`${name}: integer labels, weights of examples and of classes as in Keras`, async () => {
    const given = fixture[name];
    const model = classifier(given, units);
    const before = tf.memory().numTensors;
    const examples = { x: floats(given.x), y: floats(given.y), sampleWeight: floats(given.w) };
    const held = { x: floats(given.heldX), y: floats(given.heldY) };
    const validation = { ...held, sampleWeight: floats(given.heldW) };
    const { history } = await train(model, examples, {
      ...common,
      ...options,
      validationData: validation,
    });
    check(model, history, given);
    const logs = await evaluate(model, held, { ...options, batchSize: 7 });
    for (const [key, value] of Object.entries(given.evaluated)) {
      assert.ok(close(logs[key]!, value, 3e-5), `${key}: ${logs[key]}, not ${value}`);
    }
    // The same labels as integers or without their last dimension, and their score.
    const y = { shape: [...held.y.shape], values: Int32Array.from(held.y.values) };
    if (name !== 'weighted') {
      if (y.shape.at(-1) === 1) y.shape.pop();
      assert.deepEqual(await evaluate(model, { ...held, y }, { ...options, batchSize: 7 }), logs);
    }
    const said = await predict(model, held.x);
    assert.equal(score(y, said, ['accuracy'])['accuracy'], logs['accuracy']);
    assert.equal(tf.memory().numTensors, before);
    model.dispose();
  });
}

function twoByTwo(): LayersModel {
  const { layers } = tf;
  const a = tf.input({ shape: [5], name: 'a' });
  const b = tf.input({ shape: [3, 2], name: 'b' });
  const ofA = layers.dense({ units: 4, activation: 'relu', name: 'of_a' }).apply(a);
  const flat = layers.flatten().apply(b);
  const ofB = layers.dense({ units: 3, activation: 'tanh', name: 'of_b' }).apply(flat);
  const both = layers.concatenate().apply([ofA, ofB] as SymbolicTensor[]);
  const kind = layers.dense({ units: 3, activation: 'softmax', name: 'kind' }).apply(both);
  const size = layers.dense({ units: 2, name: 'size' }).apply(both);
  return tf.model({ inputs: [a, b], outputs: [kind, size] as SymbolicTensor[] });
}

const rowsOf = (given: Named): Record<string, NdArray> =>
  Object.fromEntries(Object.entries(given).map(([name, one]) => [name, floats(one)]));

test('two inputs and two outputs, each with its loss, weights and metrics, as in Keras', async () => {
  const given = fixture.several;
  const [x, y, sampleWeight] = [given.x, given.y, given.w].map(rowsOf) as [never, never, never];
  const validation = { x: rowsOf(given.heldX), y: rowsOf(given.heldY) };
  const model = start(twoByTwo(), given.start);
  const optimizer = optimizers.adam({ learningRate: 0.02 });
  model.compile({
    optimizer,
    loss: { kind: 'categoricalCrossentropy', size: 'meanSquaredError' },
    metrics: { kind: ['accuracy'], size: ['mae'] } as never,
  });
  const before = tf.memory().numTensors;
  const lossWeights = { kind: 1, size: 0.3 };
  const options = { ...common, lossWeights };
  const { history } = await train(
    model,
    { x, y, sampleWeight },
    { ...options, validationData: validation },
  );
  check(model, history, given);
  const measure = { lossWeights, batchSize: 8 };
  const logs = await evaluate(model, validation, measure);
  for (const [key, value] of Object.entries(given.evaluated)) {
    assert.ok(close(logs[key]!, value, 3e-5), `${key}: ${logs[key]}, not ${value}`);
  }
  const inOrder = {
    x: [validation.x['a']!, validation.x['b']!],
    y: [validation.y['kind']!, validation.y['size']!],
  };
  const lists = {
    loss: ['categoricalCrossentropy', 'mse'],
    metrics: [['accuracy'], ['mae']],
    lossWeights: [1, 0.3],
    batchSize: 8,
  };
  assert.deepEqual(await evaluate(model, inOrder, lists), logs);
  const said = await predictOutputs(model, x, { batchSize: 11 });
  for (const [name, wanted] of Object.entries(rowsOf(given.predicted))) {
    assert.deepEqual(said[name]!.shape, wanted.shape);
    for (const [i, value] of said[name]!.values.entries()) {
      assert.ok(close(value, wanted.values[i]!, 1e-4), `${name}: ${value}`);
    }
  }
  await assert.rejects(predict(model, x), { code: 'bad-model', message: /predictOutputs/ });
  await findLearningRate(model, validation, { ...lists, steps: 4 });
  // The step as one function gives the same.
  const ends: number[][] = [];
  for (const runEagerly of [true, false]) {
    start(model, given.start);
    await train(
      model,
      { x, y, sampleWeight },
      { ...options, epochs: 8, runEagerly, seed: 1, optimizer: 'sgd' },
    );
    ends.push(model.getWeights().flatMap((weight) => [...weight.dataSync()]));
  }
  for (const [i, value] of ends[0]!.entries()) assert.ok(close(ends[1]![i]!, value, 1e-5));
  optimizer.dispose();
  assert.ok(tf.memory().numTensors <= before);
  model.dispose();
});

test('data that do not match inputs, outputs, labels or examples are an error before the first step', async () => {
  const model = twoByTwo();
  const given = fixture.several;
  const [x, y] = [rowsOf(given.x), rowsOf(given.y)];
  const options = { ...common, epochs: 1 };
  const refused: [object, object, string, RegExp][] = [
    [{ x: x['a'], y }, {}, 'bad-shape', /x is given for 1: the model has a, b/],
    [{ x: { a: x['a'], c: x['b'] }, y }, {}, 'bad-shape', /x is given for a, c/],
    [{ x, y: [y['size'], y['kind']] }, {}, 'bad-shape', /y of kind has rows of the shape \[2\]/],
    [{ x, y }, { loss: ['mse'] }, 'bad-option', /losses for 1 outputs.*2 outputs, kind, size/],
    [{ x, y }, { metrics: { other: ['mae'] } }, 'bad-option', /metrics for other/],
    [{ x, y }, { lossWeights: { kind: -1 } }, 'bad-option', /loss weight -1 of kind/],
    [{ x, y }, { classWeight: [1, 2, 1] }, 'bad-option', /sampleWeight by the output's name/],
    [{ x, y, sampleWeight: { other: [1] } }, {}, 'bad-option', /sampleWeight is given for other/],
    [{ x, y, sampleWeight: [1, 2] }, {}, 'bad-option', /2 sample weights for 32 examples/],
    [{ x, y, sampleWeight: new Float32Array(32).fill(-1) }, {}, 'bad-option', /sampleWeight -1/],
  ];
  const before = tf.memory().numTensors;
  for (const [examples, more, code, message] of refused) {
    await assert.rejects(train(model, examples as never, { ...options, ...more }), {
      code,
      message,
    });
  }
  model.dispose();
  const { x: pictures } = stripes(4);
  const single = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [8, 8, 3] }),
      tf.layers.dense({ units: 4, activation: 'softmax' }),
    ],
  });
  const labels = (values: number[]) => ({ shape: [4], values: Float32Array.from(values) });
  await assert.rejects(train(single, { x: pictures, y: labels([0, 1, 2, 3]) }, options), {
    code: 'bad-shape',
    message: /sparseCategoricalCrossentropy/,
  });
  for (const wrong of [4, -1, 0.5]) {
    const examples = { x: pictures, y: labels([0, 1, 2, wrong]) };
    await assert.rejects(
      train(single, examples, { ...options, loss: 'sparse_categorical_crossentropy' }),
      { code: 'bad-label' },
    );
  }
  single.dispose();
  assert.ok(tf.memory().numTensors <= before);
});
