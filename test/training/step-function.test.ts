import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LayersModel, Optimizer, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { bfloat16Gain, optimizers, TfjsState } from '../../lib/ops';
import { interrupt, nodeBackend, setSeed, tf } from '../../lib/runtime';
import { Callback, losses, metrics, type TrainOptions, train } from '../../lib/training';
import { smallCnn, stripes } from './examples';

const { layers } = tf;

function mlp(options: { constrained?: boolean } = {}): LayersModel {
  const kernelConstraint = options.constrained
    ? tf.constraints.maxNorm({ maxValue: 1 })
    : undefined;
  return tf.sequential({
    layers: [
      layers.flatten({ inputShape: [8, 8, 3] }),
      layers.dense({
        units: 12,
        activation: 'relu',
        ...(kernelConstraint && { kernelConstraint }),
      }),
      layers.dense({ units: 4, activation: 'softmax' }),
    ],
  });
}

interface Result {
  weights: number[][];
  history: Record<string, readonly number[]>;
  /** Ops and functions that the binding ran in each step. */
  calls: number[];
  functions: { added: string[]; removed: string[] };
  said: string[];
}

class CountCalls extends Callback {
  readonly calls: number[] = [];
  constructor(private readonly count: { value: number }) {
    super();
  }
  override onBatchBegin(): void {
    this.count.value = 0;
  }
  override onBatchEnd(): void {
    this.calls.push(this.count.value);
  }
}

/** Trains, with the binding's calls counted. All random numbers depend on the seed. */
async function run(
  build: () => LayersModel,
  options: Partial<TrainOptions>,
  count = 70,
): Promise<Result> {
  setSeed(5);
  const model = build();
  const tensorsBefore = tf.memory().numTensors;
  const backend = nodeBackend();
  const real = backend.binding;
  const counted = { value: 0 };
  const functions = { added: [] as string[], removed: [] as string[] };
  backend.binding = Object.create(real, {
    executeOp: {
      value: (...args: Parameters<typeof real.executeOp>) => {
        counted.value++;
        return real.executeOp(...args);
      },
    },
    addFunction: {
      value: (...args: Parameters<typeof real.addFunction>) => {
        functions.added.push(args[0]);
        real.addFunction(...args);
      },
    },
    removeFunction: {
      value: (name: string) => {
        functions.removed.push(name);
        real.removeFunction(name);
      },
    },
  });
  const calls = new CountCalls(counted);
  const said: string[] = [];
  const { log } = console;
  console.log = (text: string) => said.push(text);
  try {
    const callbacks = [...(options.callbacks ?? []), calls];
    const { history } = await train(model, stripes(count), {
      epochs: 4,
      batchSize: 16,
      seed: 7,
      verbose: 0,
      ...options,
      callbacks,
    });
    const weights = model.weights.map((weight) => [...weight.read().dataSync()]);
    assert.equal(tf.memory().numTensors, tensorsBefore);
    return { weights, history, calls: calls.calls, functions, said };
  } finally {
    console.log = log;
    backend.binding = real;
    model.dispose();
  }
}

/** Trains both ways and compares weights and history. */
async function both(
  build: () => LayersModel,
  options: () => Partial<TrainOptions> = () => ({}),
  { functions = 2 } = {},
): Promise<Result> {
  const eager = await run(build, { ...options(), runEagerly: true });
  const result = await run(build, options());
  assert.deepEqual(eager.functions.added, []);
  for (const [i, weights] of result.weights.entries()) {
    for (const [j, value] of weights.entries()) {
      const wanted = eager.weights[i]![j]!;
      assert.ok(Math.abs(value - wanted) <= 1e-5 * Math.max(1, Math.abs(wanted)), `weight ${i}`);
    }
  }
  for (const [key, values] of Object.entries(result.history)) {
    for (const [i, value] of values.entries()) {
      const wanted = eager.history[key]![i]!;
      assert.ok(Math.abs(value - wanted) <= 1e-4 * Math.max(1, Math.abs(wanted)), key);
    }
  }
  assert.deepEqual(result.functions.removed, result.functions.added);
  // One for whole batches, one for the last batch of an epoch, and as many for validation.
  assert.equal(result.functions.added.length, functions);
  return result;
}

describe('a training step as one function gives the same weights and history', () => {
  it('CNN with batch norm, dropout and L2; one call a step', async () => {
    const { calls } = await both(smallCnn);
    // Steps 0 to 2 of whole batches run op by op, and the first last batch.
    assert.deepEqual(calls.slice(5), new Array(15).fill(1));
    assert.ok(calls[3] === 1 && calls[0]! > 100 && calls[4]! > 100, String(calls));
  });

  it('every optimizer', async () => {
    for (const make of [
      () => optimizers.sgd({ learningRate: 0.05 }),
      () => optimizers.sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true }),
      () => optimizers.rmsprop({ centered: true, momentum: 0.5 }),
      () => optimizers.adagrad(),
      () => optimizers.adamw(),
    ]) {
      const made: { dispose(): void }[] = [];
      await both(mlp, () => {
        const optimizer = make();
        made.push(optimizer);
        // Slots that remain after the training belong to the caller.
        return { optimizer, callbacks: [new DisposeAtEnd(optimizer)] };
      });
    }
  });

  it("tfjs's own optimizers, bit for bit, with a learning rate that changes with each batch", async () => {
    const makers: Record<string, () => Optimizer> = {
      sgd: () => tf.train.sgd(0.05),
      momentum: () => tf.train.momentum(0.05, 0.9, true),
      adagrad: () => tf.train.adagrad(0.05),
      adadelta: () => tf.train.adadelta(0.1),
      rmsprop: () => tf.train.rmsprop(0.01, 0.9, 0.5),
      'rmsprop, centered': () => tf.train.rmsprop(0.01, 0.9, 0, 1e-3, true),
      adam: () => tf.train.adam(0.01),
      adamax: () => tf.train.adamax(0.01),
    };
    for (const [name, make] of Object.entries(makers)) {
      const options = () => {
        const optimizer = make();
        return { optimizer, callbacks: [new Falling(), new DisposeSlots(optimizer)] };
      };
      const eager = await run(mlp, { ...options(), runEagerly: true });
      const { weights, functions, calls, said } = await run(mlp, options());
      assert.deepEqual(weights, eager.weights, name);
      assert.deepEqual([functions.added.length, said], [2, []], name);
      assert.deepEqual(calls.slice(15), new Array(5).fill(1), name);
    }
  });

  it('two losses, class weights, label smoothing', async () => {
    await both(mlp, () => ({ loss: 'mse' }));
    await both(mlp, () => ({
      loss: losses.categoricalCrossentropy({ labelSmoothing: 0.1 }),
      classWeight: { 1: 3 },
    }));
  });

  it('metrics that sum and metrics that keep rows', async () => {
    const measured = [
      'accuracy',
      metrics.f1(),
      metrics.auc(),
      metrics.precision({ average: 'macro' }),
    ];
    const options = () => ({ metrics: measured, validationData: stripes(20, 4, 9) });
    await both(mlp, options, { functions: 4 });
  });

  it('augmentation, constraints and a learning rate that changes with each batch', async () => {
    await both(
      () => mlp({ constrained: true }),
      () => ({
        augment: (batch) => batch.mul(tf.randomUniform([batch.shape[0]!, 1, 1, 1], 0.8, 1.2)),
        callbacks: [new Falling()],
      }),
    );
  });

  it('products in bfloat16', async (t) => {
    if (bfloat16Gain() === 0) {
      t.skip('no kernels for bfloat16');
      return;
    }
    const { weights } = await both(smallCnn, () => ({ precision: 'bfloat16' }));
    const { weights: exact } = await run(smallCnn, {});
    assert.notDeepEqual(weights, exact);
  });

  it('frozen layers', async () => {
    await both(() => {
      const model = smallCnn();
      for (const layer of model.layers.slice(0, 3)) layer.trainable = false;
      return model;
    });
  });
});

describe('a training step as one function', () => {
  it('sees weights that a callback writes', async () => {
    const { calls } = await both(smallCnn, () => ({ callbacks: [new Halve()] }));
    assert.equal(calls[7], 1);
  });

  it("sees a number of tfjs's Adam that a callback sets, and slots that it loads", async () => {
    const options = () => {
      const optimizer = tf.train.adam(0.01);
      const slots = new DisposeSlots(optimizer);
      const set = () => Object.assign(optimizer, { beta1: 0.5 });
      return { optimizer, callbacks: [new At(12, set), new Reload(optimizer), slots] };
    };
    const eager = await run(mlp, { ...options(), epochs: 6, runEagerly: true });
    const { weights, calls } = await run(mlp, { ...options(), epochs: 6 });
    assert.deepEqual(weights, eager.weights);
    assert.equal(calls.at(-1), 1);
  });

  it('continues op by op where numbers are drawn in JavaScript, and names the layer', async () => {
    const build = () =>
      tf.sequential({
        layers: [
          layers.flatten({ inputShape: [8, 8, 3] }),
          layers.gaussianNoise({ stddev: 0.1, name: 'noisy' }),
          layers.dense({ units: 4, activation: 'softmax' }),
        ],
      });
    const { said } = await both(build, undefined, { functions: 0 });
    assert.equal(said.length, 1);
    assert.match(said[0]!, /^training step not compiled: layer noisy differs from step to step/);
  });

  it('continues op by op where values are read on the host', async () => {
    const loss = {
      name: 'reading',
      perExample: ({ labels, outputs }: { labels: Tensor; outputs: Tensor }) => {
        const errors = tf.mean(tf.square(tf.sub(labels, outputs)), 1);
        return tf.mul(errors, tf.max(labels).dataSync()[0]!);
      },
    };
    const { said } = await both(mlp, () => ({ loss }), { functions: 0 });
    assert.match(said.join('\n'), /^training step not compiled: the step reads values on the host/);
  });

  it('is not made for few steps', async () => {
    const { functions } = await run(mlp, { epochs: 1 });
    assert.deepEqual(functions.added, []);
  });

  it('is freed, and the weights are available, after an interrupt and after an error', async () => {
    const stopped = await run(smallCnn, { callbacks: [new At(12, interrupt)] });
    assert.equal(stopped.calls.length, 13);
    assert.deepEqual(stopped.functions.removed, stopped.functions.added);
    assert.ok(stopped.weights.flat().every(Number.isFinite));
    const failing = new At(12, () => {
      throw new Error('stop here');
    });
    await assert.rejects(run(smallCnn, { callbacks: [failing] }), /stop here/);
    assert.equal((await run(smallCnn, {})).functions.added.length, 2);
  });
});

class DisposeAtEnd extends Callback {
  constructor(private readonly optimizer: { dispose(): void }) {
    super();
  }
  override onTrainClosed(): void {
    this.optimizer.dispose();
  }
}

/** Frees at the end what one of tfjs's optimizers created in the training. */
class DisposeSlots extends Callback {
  private readonly before: readonly Variable[];
  constructor(private readonly optimizer: Optimizer) {
    super();
    this.before = TfjsState.of(optimizer)!.variables();
  }
  override onTrainClosed(): void {
    const now = TfjsState.of(this.optimizer)!.variables();
    tf.dispose(now.filter((variable) => !this.before.includes(variable)));
  }
}

/** Saves and loads the optimizer's slots after the fourth epoch: they are other variables then. */
class Reload extends Callback {
  constructor(private readonly optimizer: Optimizer) {
    super();
  }
  override async onEpochEnd(epoch: number): Promise<void> {
    if (epoch !== 3) return;
    const old = TfjsState.of(this.optimizer)!.variables();
    const saved = await this.optimizer.getWeights();
    const copies = saved.map(({ name, tensor }) => ({ name, tensor: tensor.clone() }));
    await this.optimizer.setWeights(copies);
    const now = TfjsState.of(this.optimizer)!.variables();
    tf.dispose([copies.map(({ tensor }) => tensor), saved[0]!.tensor]);
    tf.dispose(old.filter((variable) => !now.includes(variable)));
  }
}

class Falling extends Callback {
  override onBatchBegin(batch: number): void {
    this.training.learningRate = 0.01 / (batch + 1 + 5 * this.training.epoch);
  }
}

class Halve extends Callback {
  override onEpochEnd(): void {
    tf.tidy(() => {
      const { model } = this.training;
      model.setWeights(model.getWeights().map((weight) => weight.mul(0.5)));
    });
  }
}

class At extends Callback {
  private batches = 0;
  constructor(
    private readonly batch: number,
    private readonly act: () => void,
  ) {
    super();
  }
  override onBatchEnd(): void {
    if (this.batches++ === this.batch) this.act();
  }
}
