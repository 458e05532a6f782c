import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { Random, setSeed, tf } from '../../lib/runtime';
import { train } from '../../lib/training';
import { assertSame, draw, seeds } from './differential/cases';
import {
  copyOf,
  dropKept,
  type Figures,
  putBack,
  variablesByName,
  withNative,
} from './differential/compare';
import { endings } from './differential/graphs';
import { lossNames, optimizerNames, steps } from './differential/train-steps';

/** Losses that a network's ends can have: any of them for any activation. */
function lossesFor(model: LayersModel, random: Random): string[] {
  return model.outputs.map(() => lossNames[random.integer(0, lossNames.length)]!);
}

/** Freezes some layers, not all of those with weights. */
function freeze(model: LayersModel, random: Random, share: number): void {
  const layers = model.layers.filter(({ weights }) => weights.length > 0);
  for (const layer of layers.slice(0, -1)) {
    if (random.next() < share) layer.trainable = false;
  }
}

describe('training steps by native ops and by stock tfjs', () => {
  let tensors = 0;
  before(() => {
    tensors = tf.memory().numTensors;
  });
  after(() => {
    assert.equal(tf.memory().numTensors, tensors);
  });

  it('of random networks have the same losses and weights', async () => {
    for (const seed of seeds) {
      const { graph, xs, start, random, dispose } = draw(seed);
      if (!graph.newGradients) {
        const losses = lossesFor(graph.model, random);
        const optimizer = optimizerNames[random.integer(0, optimizerNames.length)]!;
        const options = { losses, optimizer };
        const thaw = () => {
          for (const layer of graph.model.layers) layer.trainable = true;
        };
        freeze(graph.model, random, 0.2);
        const frozen = graph.model.layers.some(
          (layer) => !layer.trainable && layer.getClassName() === 'BatchNormalization',
        );
        const stock = await withNative(false, () =>
          steps(graph.model, start, xs, { ...options, stock: true }),
        );
        const ours = await steps(graph.model, start, xs, { ...options, stock: false });
        graph.path.push(`losses ${losses}, ${optimizer}`);
        // What changes after `compile` changes nothing.
        const same = await steps(graph.model, start, xs, {
          ...options,
          stock: false,
          afterCompile: thaw,
        });
        assertSame(same, ours, 1e-6, graph, seed);
        // Frozen norms normalise by the batch in stock tfjs.
        if (!frozen) assertSame(ours, stock, 5e-3, graph, seed);
      }
      dispose();
    }
  });

  it('of random networks are the same as one function of TensorFlow and op by op', async () => {
    for (const seed of seeds.slice(0, Math.ceil(seeds.length / 2))) {
      const { graph, xs, start, random, dispose } = draw(seed);
      freeze(graph.model, random, 0.2);
      const rows = (tensor: Tensor) => ({
        shape: tensor.shape,
        values: tensor.dataSync() as Float32Array,
      });
      const y = tf.tidy(() => tf.softmax(tf.randomNormal([4, 3], 0, 1, 'float32', seed)));
      const examples = { x: xs.map(rows), y: graph.model.outputs.map(() => rows(y)) };
      y.dispose();
      const results: Figures[] = [];
      for (const runEagerly of [false, true]) {
        putBack(start);
        const options = { loss: 'meanSquaredError', seed, verbose: 0 as const, runEagerly };
        const history = await train(graph.model, examples, {
          ...options,
          epochs: 8,
          batchSize: 2,
          optimizer: 'adam',
        });
        const figures: Figures = { losses: history.history['loss']! };
        for (const variable of variablesByName(graph.model)) {
          figures[variable.name] = variable.dataSync();
        }
        results.push(figures);
      }
      assertSame(results[0]!, results[1]!, 1e-6, graph, seed);
      dispose();
    }
  });

  it('under each loss and activation have the same losses and weights', async () => {
    for (const activation of endings) {
      for (const loss of lossNames) {
        setSeed(3);
        const model = tf.sequential({
          layers: [
            tf.layers.dense({ units: 5, inputShape: [4], activation: 'tanh' }),
            tf.layers.dense({
              units: 3,
              activation,
              biasInitializer: tf.initializers.constant({ value: 0.5 }),
            }),
          ],
        });
        const random = new Random(5);
        const x = tf.tensor(
          Float32Array.from({ length: 24 }, () => random.normal()),
          [6, 4],
        );
        const start = copyOf(model);
        const options = { losses: [loss], optimizer: 'sgd' };
        const stock = await withNative(false, () =>
          steps(model, start, [x], { ...options, stock: true }),
        );
        const ours = await steps(model, start, [x], { ...options, stock: false });
        const graph = { path: [`${loss} after ${activation}`] };
        assertSame(ours, stock, 1e-4, graph, 3);
        x.dispose();
        dropKept(start);
        model.dispose();
      }
    }
  });
});
