import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, it } from 'node:test';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { logitsOf, optimizers, sigmoidCrossEntropy, softmaxCrossEntropy } from '../../lib/ops';
import { setSeed, tf } from '../../lib/runtime';
import { assertClose } from './close';
import {
  buildNetwork,
  type KerasNetwork,
  type Packed,
  unpack,
  unpackTensor,
} from './keras-network';

interface Run {
  losses: number[];
  weights: Packed[][];
  /** By slot, then by trainable variable. */
  slots: Record<string, Packed[]>;
}

interface Case extends KerasNetwork {
  loss: 'categoricalCrossentropy' | 'binaryCrossentropy';
  x: Packed;
  y: Packed;
  gradients: Packed[];
  runs: Record<string, Run>;
}

interface Fixture {
  seed: number;
  networks: Record<string, Case>;
}

const fixture = JSON.parse(
  fs.readFileSync(path.join(__dirname, 'fixtures', 'keras-steps.json'), 'utf8'),
) as Fixture;

const makers: Record<string, () => ReturnType<(typeof optimizers)['sgd' | 'adam']>> = {
  sgd: () => optimizers.sgd({ learningRate: 0.01, momentum: 0.9 }),
  nesterov: () => optimizers.sgd({ learningRate: 0.01, momentum: 0.9, nesterov: true }),
  adagrad: () => optimizers.adagrad({ learningRate: 0.01 }) as never,
  rmsprop: () => optimizers.rmsprop({ learningRate: 0.01 }) as never,
  centered: () =>
    optimizers.rmsprop({ learningRate: 0.01, momentum: 0.5, centered: true }) as never,
  adam: () => optimizers.adam({ learningRate: 0.01 }),
  adamw: () => optimizers.adamw({ learningRate: 0.01, weightDecay: 0.1 }),
};

/** The batches, one tensor a step. */
function batchesOf(packed: Packed): Tensor[] {
  const all = unpackTensor(packed);
  const batches = tf.unstack(all);
  all.dispose();
  return batches;
}

function gradientsOf(model: LayersModel, network: Case, x: Tensor, y: Tensor): Float32Array[] {
  const variables = model.trainableWeights.map((weight) => weight.read() as never);
  const { value, grads } = tf.variableGrads(() => {
    const output = model.apply(x, { training: true }) as Tensor;
    const crossEntropy =
      network.loss === 'categoricalCrossentropy' ? softmaxCrossEntropy : sigmoidCrossEntropy;
    const loss = tf.mean(crossEntropy(y, logitsOf(output)!));
    return tf.addN([loss, ...model.calculateLosses()]) as never;
  }, variables);
  const values = model.trainableWeights.map(
    (weight) => grads[weight.name]!.dataSync() as Float32Array,
  );
  tf.dispose([value, grads]);
  return values;
}

for (const [name, network] of Object.entries(fixture.networks)) {
  describe(`ten steps of the ${name} network as in Keras`, () => {
    it('gives the gradients of the first batch', () => {
      const model = buildNetwork(network);
      const [x, y] = [batchesOf(network.x), batchesOf(network.y)];
      setSeed(fixture.seed);
      const gradients = gradientsOf(model, network, x[0]!, y[0]!);
      for (const [i, expected] of network.gradients.entries()) {
        assertClose(gradients[i]!, unpack(expected), 2e-5, model.trainableWeights[i]!.name);
      }
      tf.dispose([x, y]);
      model.dispose();
    });

    for (const [kind, run] of Object.entries(network.runs)) {
      it(`with ${kind}`, async () => {
        const before = tf.memory().numTensors;
        const model = buildNetwork(network);
        const [x, y] = [batchesOf(network.x), batchesOf(network.y)];
        const optimizer = makers[kind]!();
        model.compile({ optimizer, loss: network.loss });
        setSeed(fixture.seed);
        for (const [step, expected] of run.losses.entries()) {
          const batch = step % x.length;
          const loss = (await model.trainOnBatch(x[batch]!, y[batch]!)) as number;
          assertClose([loss], [expected], 1e-4, `loss of step ${step + 1}`);
        }
        for (const [i, expected] of run.weights.entries()) {
          const layer = model.layers[i + 1]!;
          for (const [j, weight] of layer.weights.entries()) {
            const values = weight.read().dataSync();
            assertClose(values, unpack(expected[j]!), 2e-4, weight.name);
          }
        }
        const { slots, iterations } = optimizer.getState();
        assert.equal(iterations, run.losses.length);
        for (const [slot, expected] of Object.entries(run.slots)) {
          for (const [i, weight] of model.trainableWeights.entries()) {
            const values = slots[weight.name]![slot]!;
            assertClose(values, unpack(expected[i]!), 2e-4, `${slot} of ${weight.name}`);
          }
        }
        tf.dispose([x, y]);
        optimizer.dispose();
        model.dispose();
        assert.equal(tf.memory().numTensors, before);
      });
    }
  });
}
