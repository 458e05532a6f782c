import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { type KerasOptimizer, optimizers } from '../../lib/ops';
import { tf } from '../../lib/runtime';
import { assertClose } from './close';

const makers: Record<string, () => KerasOptimizer> = {
  sgd: () => optimizers.sgd(),
  momentum: () => optimizers.sgd({ momentum: 0.9 }),
  nesterov: () => optimizers.sgd({ momentum: 0.9, nesterov: true }),
  adagrad: () => optimizers.adagrad({ learningRate: 0.1 }),
  rmsprop: () => optimizers.rmsprop(),
  centered: () => optimizers.rmsprop({ momentum: 0.5, centered: true }),
  adam: () => optimizers.adam(),
  adamw: () => optimizers.adamw({ weightDecay: 0.1 }),
};

/** Memory that TensorFlow holds for tfjs, resources included. */
function held(): number {
  return (tf.backend() as unknown as { getNumOfTFTensors(): number }).getNumOfTFTensors();
}

function weights(name?: string): Variable {
  return tf.tidy(() => tf.variable(tf.tensor2d([1, -2, 3, 4, -5, 6], [2, 3]), true, name));
}

function makeSteps(optimizer: KerasOptimizer, variable: Variable, count: number): void {
  for (let i = 0; i < count; i++) {
    optimizer.minimize(() => tf.mean(tf.square(tf.sub(variable, 1))) as never, false, [variable]);
  }
}

async function onCpu<T>(work: () => T): Promise<T> {
  await tf.setBackend('cpu');
  try {
    return work();
  } finally {
    await tf.setBackend('tensorflow');
  }
}

for (const [name, make] of Object.entries(makers)) {
  describe(name, () => {
    it('does the same on a backend without TensorFlow', async () => {
      const run = () => {
        const variable = weights();
        const optimizer = make();
        makeSteps(optimizer, variable, 5);
        const values = [...variable.dataSync()];
        variable.dispose();
        optimizer.dispose();
        return values;
      };
      assertClose(await onCpu(run), run(), 1e-6, 'weights after five steps');
    });

    it('continues from its state bit for bit', () => {
      const whole = weights();
      const optimizer = make();
      makeSteps(optimizer, whole, 3);
      const state = structuredClone(optimizer.getState());
      const resumed = tf.tidy(() => tf.variable(tf.clone(whole) as Tensor)) as Variable;
      makeSteps(optimizer, whole, 3);
      const second = make();
      second.setState(state);
      assert.equal(second.iterations, 3);
      makeSteps(second, resumed, 3);
      assert.deepEqual([...resumed.dataSync()], [...whole.dataSync()]);
      assert.deepEqual(
        Object.values(second.getState().slots),
        Object.values(optimizer.getState().slots),
      );
      for (const thing of [whole, resumed, optimizer, second]) thing.dispose();
    });

    it('leaves no tensors and buffers', () => {
      const [tensors, buffers] = [tf.memory().numTensors, held()];
      const variable = weights();
      const optimizer = make();
      makeSteps(optimizer, variable, 3);
      const [then, heldThen] = [tf.memory().numTensors, held()];
      makeSteps(optimizer, variable, 3);
      optimizer.getState();
      assert.equal(tf.memory().numTensors, then);
      assert.equal(held(), heldThen);
      optimizer.dispose();
      variable.dispose();
      assert.equal(tf.memory().numTensors, tensors);
      assert.equal(held(), buffers);
    });
  });
}

describe('any optimizer', () => {
  afterEach(() => tf.disposeVariables());

  it('has a learning rate that can be set between steps', () => {
    const variable = weights();
    const optimizer = optimizers.sgd({ learningRate: 0 });
    makeSteps(optimizer, variable, 1);
    assert.deepEqual([...variable.dataSync()], [1, -2, 3, 4, -5, 6]);
    optimizer.learningRate = 3;
    makeSteps(optimizer, variable, 1);
    assertClose([...variable.dataSync()], [1, 1, 1, 1, 1, 1], 1e-6, 'weights');
    optimizer.dispose();
  });

  it('sees what others assign to a variable, and they see what it does', () => {
    const variable = weights();
    const alias = tf.clone(variable);
    const optimizer = optimizers.sgd({ learningRate: 3 });
    makeSteps(optimizer, variable, 1);
    assert.deepEqual([...alias.dataSync()], [1, -2, 3, 4, -5, 6]);
    tf.tidy(() => variable.assign(tf.fill([2, 3], 7)));
    makeSteps(optimizer, variable, 1);
    assertClose([...variable.dataSync()], [1, 1, 1, 1, 1, 1], 1e-6, 'weights');
    alias.dispose();
    optimizer.dispose();
  });

  it('matches a state by order when the names are others', () => {
    const [a, b] = [weights('first'), weights('second')];
    const optimizer = optimizers.adam();
    makeSteps(optimizer, a, 2);
    const other = optimizers.adam();
    other.setState(optimizer.getState());
    makeSteps(other, b, 1);
    assert.equal(other.iterations, 3);
    assert.ok(other.getState().slots['second']);
    optimizer.dispose();
    other.dispose();
  });

  it('refuses a state that does not fit', () => {
    const small = tf.tidy(() => tf.variable(tf.zeros([2])));
    const optimizer = optimizers.adam();
    makeSteps(optimizer, weights(), 1);
    assert.throws(() => optimizers.sgd().setState(optimizer.getState()), { code: 'bad-state' });
    const other = optimizers.adam();
    other.setState(optimizer.getState());
    assert.throws(() => makeSteps(other, small as Variable, 1), { code: 'state-mismatch' });
    optimizer.dispose();
  });

  it('starts with new slots for a variable that reuses a name', () => {
    const optimizer = optimizers.sgd({ learningRate: 0.1, momentum: 0.9 });
    const first = weights('same');
    makeSteps(optimizer, first, 3);
    first.dispose();
    const second = weights('same');
    makeSteps(optimizer, second, 1);
    const fresh = optimizers.sgd({ learningRate: 0.1, momentum: 0.9 });
    const third = weights();
    makeSteps(fresh, third, 1);
    assert.deepEqual([...second.dataSync()], [...third.dataSync()]);
    optimizer.dispose();
    fresh.dispose();
  });

  it('saves and loads with a model', async () => {
    const model = tf.sequential();
    model.add(tf.layers.dense({ units: 2, inputShape: [3], activation: 'softmax' }));
    model.compile({
      optimizer: optimizers.adam({ learningRate: 0.02 }),
      loss: 'categoricalCrossentropy',
    });
    const [x, y] = [tf.ones([4, 3]), tf.oneHot([0, 1, 0, 0], 2)];
    await model.trainOnBatch(x, y);
    let saved: Parameters<typeof tf.io.fromMemory>[0] | undefined;
    const handler = tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts as never;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    });
    await model.save(handler, { includeOptimizer: true });
    const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved!));
    await model.trainOnBatch(x, y);
    await loaded.trainOnBatch(x, y);
    const [own, others] = [model, loaded].map((m) => m.getWeights().map((w) => [...w.dataSync()]));
    assert.deepEqual(others, own);
    tf.dispose([x, y]);
  });

  it('is saved under a name of plain tfjs, and loaded unchanged', async () => {
    const made = {
      SGD: optimizers.sgd(),
      Momentum: optimizers.sgd({ momentum: 0.9, nesterov: true }),
      Adagrad: optimizers.adagrad({ initialAccumulator: 0.2 }),
      RMSProp: optimizers.rmsprop({ rho: 0.8, centered: true }),
      Adam: optimizers.adam({ learningRate: 0.02 }),
      AdamW: optimizers.adamw({ weightDecay: 0.01 }),
    };
    const plain = {
      SGD: tf.train.sgd(0.1),
      Momentum: tf.train.momentum(0.1, 0.9),
      Adagrad: tf.train.adagrad(0.1),
      RMSProp: tf.train.rmsprop(0.1, 0.8, 0, 1e-7, true),
      Adam: tf.train.adam(),
      AdamW: tf.train.adam(),
    };
    const [x, y] = [tf.ones([4, 3]), tf.oneHot([0, 1, 0, 0], 2)];
    for (const name of Object.keys(made) as (keyof typeof made)[]) {
      const model = tf.sequential();
      model.add(tf.layers.dense({ units: 2, inputShape: [3], activation: 'softmax' }));
      model.compile({ optimizer: made[name], loss: 'categoricalCrossentropy' });
      await model.trainOnBatch(x, y);
      let saved: Parameters<typeof tf.io.fromMemory>[0] | undefined;
      const handler = tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts as never;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      });
      await model.save(handler, { includeOptimizer: true });
      const { trainingConfig } = saved as unknown as {
        trainingConfig: { optimizer_config: { class_name: string } };
      };
      assert.equal(trainingConfig.optimizer_config.class_name, plain[name].getClassName());
      const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved!));
      assert.deepEqual(loaded.optimizer.getConfig(), made[name].getConfig());
      assert.equal(loaded.optimizer.constructor, made[name].constructor);
      // tfjs's own optimizer accepts the state: the same number of lists, in the shapes of the
      // weights.
      const own = (await made[name].getWeights()).slice(1);
      const before = (await plain[name].getWeights()).length;
      await plain[name].setWeights(await made[name].getWeights());
      const taken = (await plain[name].getWeights()).slice(1);
      assert.equal(before, 1);
      assert.deepEqual(
        taken.map(({ tensor }) => [tensor.shape, [...tensor.dataSync()]]),
        own.map(({ tensor }) => [tensor.shape, [...tensor.dataSync()]]),
        name,
      );
    }
    tf.dispose([x, y]);
  });
});
