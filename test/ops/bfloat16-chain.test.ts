import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LayersModel, Scalar, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { bfloat16Gain, foldBatchNorm, StepFunction, withPrecision } from '../../lib/ops';
import { hasOneDnn } from '../../lib/ops/one-dnn';
import { nodeBackend, type Recording, record, setSeed, tf } from '../../lib/runtime';
import { cosine, images, lossGradients } from './loss-gradients';

const { layers } = tf;
const onCpu = hasOneDnn() && bfloat16Gain() > 0;
const skip = !onCpu && 'no kernels of oneDNN for bfloat16 here';
const bfloat16 = 14; // DT_BFLOAT16

/** The CNN of the benchmark, smaller, with ReLUs of both kinds and padding of its own. */
function network(): LayersModel {
  const conv = (filters: number) =>
    layers.conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu' });
  return tf.sequential({
    layers: [
      layers.inputLayer({ inputShape: [16, 16, 3] }),
      conv(8),
      layers.batchNormalization(),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.zeroPadding2d({ padding: 1 }),
      layers.conv2d({ filters: 16, kernelSize: 3, useBias: false }),
      layers.batchNormalization(),
      layers.reLU({ maxValue: 6 }),
      conv(16),
      layers.flatten(),
      layers.dense({ units: 32, activation: 'relu' }),
      layers.dense({ units: 10 }),
    ],
  });
}

const ids = () =>
  (nodeBackend().binding as unknown as { getNumOfTensors(): number }).getNumOfTensors();

/** Tensors in use, in tfjs and in TensorFlow, when the model's weights have been uploaded. */
function warm(model: LayersModel): [number, number] {
  tf.tidy(() => model.apply(images()) as Tensor);
  return [tf.memory().numTensors, ids()];
}

/** The ops of a recording that gave images in float32, by name. */
function imagesInFloat32({ entries }: Recording): string[] {
  return entries.flatMap((entry) => {
    if (entry.kind !== 'op' || entry.outputs[0]!.shape.length !== 4) return [];
    // Filters and their gradients have four axes too.
    const [output] = entry.outputs;
    return output!.shape[0] === 32 && output!.dtype !== bfloat16 ? [entry.name] : [];
  });
}

describe('activations in bfloat16', { skip }, () => {
  it('stay in it from the first convolution to the last, in both directions', () => {
    setSeed(2);
    const model = network();
    lossGradients(model, 'bfloat16', 'bfloat16');
    const { recording } = record(() => {
      try {
        lossGradients(model, 'bfloat16', 'bfloat16');
      } catch {
        // Values are read on the host at the end.
      }
    });
    // The images themselves are drawn in float32.
    const drawn = /Random|Uniform|^Mul$|^Add|^Sub$/;
    assert.deepEqual(
      imagesInFloat32(recording).filter((name) => !drawn.test(name)),
      [],
    );
    const names = recording.entries.flatMap((entry) => (entry.kind === 'op' ? [entry.name] : []));
    const casts = names.filter((name) => name === 'Cast').length;
    // Filters and biases twice at most, images twice, gradients of weights once each.
    assert.ok(casts <= 40, `${casts} casts`);
    model.dispose();
  });

  it('give the gradients of float32 from the same activations', () => {
    setSeed(2);
    const model = network();
    const exact = lossGradients(model, 'bfloat16', 'float32');
    const rounded = lossGradients(model, 'bfloat16', 'bfloat16');
    for (const [i, weight] of model.trainableWeights.entries()) {
      const angle = cosine(exact[i]!, rounded[i]!);
      assert.ok(angle > 0.999, `${weight.name}: ${angle}`);
    }
    assert.deepEqual(lossGradients(model, 'bfloat16', 'bfloat16'), rounded, 'the same bits');
    model.dispose();
  });

  it('are freed with their tensors, in both forms', () => {
    setSeed(2);
    const model = network();
    lossGradients(model, 'bfloat16', 'bfloat16');
    const [tensors, held] = [tf.memory().numTensors, ids()];
    const filter = (model.layers[1] as unknown as { kernel: { read(): Tensor } }).kernel.read();
    tf.tidy(() => {
      const y = withPrecision('bfloat16', () => model.layers[1]!.apply(images()) as Tensor);
      const before = ids();
      const copy = tf.clone(y);
      assert.equal(ids(), before, 'nobody needs float32 yet');
      y.dataSync();
      const both = ids();
      tf.relu(y).dispose();
      assert.equal(ids(), both, 'made once');
      y.dispose();
      assert.equal(copy.dataSync().length, 32 * 16 * 16 * 8);
    });
    assert.deepEqual([tf.memory().numTensors, ids()], [tensors, held]);
    assert.ok(filter.dataSync().every(Number.isFinite));
    // Only the filter is asked for: the bias gradient that came along is dropped.
    const only = () =>
      tf.tidy(() => {
        const value = (model.layers[1] as unknown as { kernel: { val: Variable } }).kernel.val;
        const x = images();
        const loss = () => tf.mean(model.apply(x, { training: true }) as Tensor) as Scalar;
        withPrecision('bfloat16', () => tf.variableGrads(loss, [value]));
      });
    only();
    const after = tf.memory().numTensors;
    only();
    assert.equal(tf.memory().numTensors, after);
    model.dispose();
  });

  it('are the same from a recorded step, where convolution and ReLU are one op', () => {
    setSeed(2);
    const model = network();
    const others = model.weights.map((weight) => (weight as unknown as { val: Variable }).val);
    const body = ([x]: readonly Tensor[]) => [model.apply(x!) as Tensor];
    const step = new StepFunction(body, { others, onFallback: (why) => assert.fail(why) });
    const { binding } = nodeBackend();
    let graph = '';
    nodeBackend().binding = Object.create(binding, {
      addFunction: {
        value: (...args: Parameters<typeof binding.addFunction>) => {
          graph = Buffer.from(args[1]).toString('latin1');
          binding.addFunction(...args);
        },
      },
    });
    try {
      for (const precision of ['float32', 'bfloat16'] as const) {
        const x = images();
        const [first, , , last] = withPrecision(precision, () =>
          [1, 2, 3, 4].map(() => tf.tidy(() => step.run([x])[0]!)),
        );
        assert.deepEqual(last!.dataSync(), first!.dataSync());
        assert.match(graph, /_MklNativeFusedConv2D/);
        assert.doesNotMatch(graph, /Conv2DWithBias/);
        step.dispose();
      }
    } finally {
      nodeBackend().binding = binding;
    }
    model.dispose();
  });

  it('of a folded network are the same as a function and op by op', () => {
    setSeed(2);
    const model = network();
    const [tensors, held] = warm(model);
    const folded = [foldBatchNorm(model), foldBatchNorm(model, { runEagerly: true })];
    tf.tidy(() => {
      const x = tf.slice(images(), [0, 0, 0, 0], [8, 16, 16, 3]);
      const [asFunction, opByOp] = folded.map((network) =>
        withPrecision('bfloat16', () => [1, 2, 3, 4].map(() => network.predict(x)).at(-1)!),
      );
      assert.deepEqual(asFunction!.dataSync(), opByOp!.dataSync());
      const exact = model.apply(x) as Tensor;
      const float32 = folded[0]!.predict(x);
      assert.ok(tf.max(tf.abs(tf.sub(exact, float32))).dataSync()[0]! < 1e-4);
    });
    for (const network of folded) network.dispose();
    assert.deepEqual([tf.memory().numTensors, ids()], [tensors, held]);
    model.dispose();
  });
});
