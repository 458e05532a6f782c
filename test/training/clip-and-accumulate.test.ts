import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { optimizers } from '../../lib/ops';
import { setSeed, tf } from '../../lib/runtime';
import { BackupAndRestore, Callback, type TrainOptions, train } from '../../lib/training';
import { assertClose } from '../ops/close';
import { temporaryFolder } from '../temporary-folder';
import { readFixture } from './numbers';

interface Case {
  optimizer: 'sgd' | 'adam' | 'adamw';
  options: Record<string, number>;
  losses: number[];
  weights: number[][];
}

const fixture = readFixture<{ x: number[]; y: number[]; start: number[][]; cases: Case[] }>(
  'clip-and-accumulate.json',
);
const examples = {
  x: { shape: [10, 5], values: Float32Array.from(fixture.x) },
  y: { shape: [10, 3], values: Float32Array.from(fixture.y) },
};

function network() {
  setSeed(1);
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 6, inputShape: [5], activation: 'tanh' }),
      tf.layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });
  tf.tidy(() =>
    model.setWeights(
      model.weights.map(({ shape }, i) => tf.tensor(fixture.start[i]!, shape as number[])),
    ),
  );
  return model;
}

const own: Record<string, keyof TrainOptions> = {
  clipnorm: 'clipnorm',
  clipvalue: 'clipvalue',
  global_clipnorm: 'globalClipnorm',
  gradient_accumulation_steps: 'gradientAccumulationSteps',
};

function optionsOf({ options }: Pick<Case, 'options'>): Partial<TrainOptions> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [own[name]!, value]));
}

function optimizerOf({ optimizer }: Case) {
  if (optimizer === 'sgd') return optimizers.sgd({ learningRate: 0.05, momentum: 0.9 });
  if (optimizer === 'adam') return optimizers.adam({ learningRate: 0.05 });
  return optimizers.adamw({ learningRate: 0.05, weightDecay: 0.02 });
}

const settings = { epochs: 7, batchSize: 4, shuffle: false, seed: 1, verbose: 0 } as const;

for (const runEagerly of [true, false]) {
  describe(`as Keras, ${runEagerly ? 'op by op' : 'as one function of TensorFlow'}`, () => {
    for (const one of fixture.cases) {
      it(`${one.optimizer} with ${JSON.stringify(one.options)}`, async () => {
        const before = tf.memory().numTensors;
        const model = network();
        const optimizer = optimizerOf(one);
        const history = await train(model, examples, {
          ...settings,
          ...optionsOf(one),
          optimizer,
          runEagerly,
        });
        assertClose(history.history['loss']!, one.losses, 2e-5, 'losses');
        for (const [i, weight] of model.getWeights().entries()) {
          assertClose(weight.dataSync(), one.weights[i]!, 1e-4, `weight ${i}`);
        }
        optimizer.dispose();
        model.dispose();
        assert.equal(tf.memory().numTensors, before);
      });
    }
  });
}

it('gradients that wait are part of a backup', async () => {
  const backupDir = temporaryFolder('gradbook-sums');
  const options = { ...settings, optimizer: 'adam', gradientAccumulationSteps: 4 };
  const whole = network();
  await train(whole, examples, options);
  const model = network();
  class Stop extends Callback {
    private batches = 0;
    override onBatchEnd(): void {
      if (++this.batches === 6) throw new Error('killed');
    }
  }
  const backup = () => new BackupAndRestore({ backupDir, saveFreq: 5 });
  await assert.rejects(train(model, examples, { ...options, callbacks: [new Stop(), backup()] }));
  const again = network();
  class Watch extends Callback {}
  await train(again, examples, { ...options, callbacks: [new Watch(), backup()] });
  for (const [i, weight] of again.getWeights().entries()) {
    assert.deepEqual(weight.dataSync(), whole.getWeights()[i]!.dataSync());
  }
  for (const each of [whole, model, again]) each.dispose();
});

it('options out of range are named', async () => {
  const model = network();
  for (const options of [
    { clipnorm: 0 },
    { clipvalue: -1 },
    { globalClipnorm: Number.NaN },
    { clipnorm: 1, clipvalue: 1 },
    { gradientAccumulationSteps: 0 },
  ]) {
    await assert.rejects(train(model, examples, { ...settings, ...options }), {
      code: 'bad-option',
    });
  }
  model.dispose();
});
