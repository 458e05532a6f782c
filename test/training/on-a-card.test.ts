import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { LayersModel, Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { randomShift } from '../../lib/data';
import { cnn, mlp, multiLabelCnn, unet } from '../../lib/models';
import { foldBatchNorm, optimizers, softmaxCrossEntropy, useNativeOps } from '../../lib/ops';
import { engineInfo, nodeBackend, setSeed, sharedState, tf } from '../../lib/runtime';
import { evaluate, losses, metrics, predict, train } from '../../lib/training';
import { stripes } from './examples';

// The ops that a GPU would have to run, recorded on a CPU: without oneDNN the same ops are called
// there. Which of them have kernels on a GPU was read from the CUDA build of TensorFlow
// (fixtures/gpu_kernels.py).
const kernels = JSON.parse(
  fs.readFileSync(path.join(__dirname, '../ops/fixtures/gpu-kernels.json'), 'utf8'),
) as Record<string, Record<string, number[]>>;

/** Ops that TensorFlow refuses on a GPU when determinism is required, by its own messages. */
const refused = new Set([
  'AdjustContrast',
  'AdjustContrastv2',
  'CropAndResizeGradBoxes',
  'CropAndResizeGradImage',
  'ResizeNearestNeighborGrad',
  'SegmentSum',
  'SoftmaxCrossEntropyWithLogits',
  'SparseSoftmaxCrossEntropyWithLogits',
  'SparseTensorDenseMatMul',
  'UnsortedSegmentSum',
]);

interface Attribute {
  name: string;
  type: number;
  value: unknown;
}
type Call = [name: string, attributes: readonly Attribute[]];

const determinism = sharedState('determinism', () => ({ onCard: false }));
const onRealCard = engineInfo().device === 'GPU';

/** Takes the deterministic paths, or the usual ones, which a real GPU then has to allow. */
function takeDeterministicPaths(on: boolean): void {
  determinism.onCard = on;
  if (onRealCard) nodeBackend().binding.requireDeterminism(on);
}

/** Every op that the binding runs during the work. */
async function callsOf(work: () => Promise<unknown>): Promise<Call[]> {
  const backend = nodeBackend();
  const real = backend.binding;
  const calls: Call[] = [];
  const executeOp = (...args: Parameters<typeof real.executeOp>) => {
    calls.push([args[0], args[1]]);
    return real.executeOp(...args);
  };
  backend.binding = Object.create(real, { executeOp: { value: executeOp } });
  try {
    await work();
  } finally {
    backend.binding = real;
  }
  return calls;
}

/** MobileNet's kinds of layers: depthwise, ReLU6, batch norms that are frozen, features pooled. */
function smallMobileNet(): LayersModel {
  const { layers } = tf;
  const frozen = () => layers.batchNormalization({ trainable: false });
  return tf.sequential({
    layers: [
      layers.conv2d({
        inputShape: [8, 8, 3],
        filters: 4,
        kernelSize: 3,
        strides: 2,
        useBias: false,
      }),
      frozen(),
      layers.reLU({ maxValue: 6 }),
      layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', useBias: false }),
      frozen(),
      layers.reLU({ maxValue: 6 }),
      layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }),
      layers.dense({ units: 4, activation: 'softmax' }),
    ],
  });
}

/** The trainings of the course, one step each, on eight images. */
async function everything(): Promise<void> {
  setSeed(3);
  const examples = stripes(8);
  const shape = { inputShape: [8, 8, 3] as [number, number, number], classes: 4 };
  const masks = {
    x: examples.x,
    y: { shape: [8, 8, 8, 1], values: new Float32Array(512).fill(1) },
  };
  const common = { epochs: 1, batchSize: 4, verbose: 0, validationData: examples } as const;
  const each = [
    { model: mlp({ ...shape, units: [8], dropout: 0.2 }), options: { optimizer: 'sgd' } },
    {
      model: cnn({ ...shape, filters: [4] }),
      options: { augment: randomShift(2), metrics: ['accuracy', metrics.auc(), metrics.f1()] },
    },
    {
      model: multiLabelCnn({ ...shape, filters: [4, 4] }),
      options: {
        metrics: ['binary_accuracy', 'exact_match', metrics.recall()],
        classWeight: [1, 2, 1, 1],
      },
    },
    { model: smallMobileNet(), options: { optimizer: 'rmsprop' } },
    { model: smallMobileNet(), options: { resize: [8, 8] as const, optimizer: 'adamw' } },
  ];
  for (const { model, options } of each) {
    const made = { ...common, ...options } as never;
    await train(model, examples, made);
    await evaluate(model, examples, { batchSize: 8 });
    await predict(model, examples.x, { batchSize: 8 });
    const folded = foldBatchNorm(model);
    tf.tidy(() => void folded.predict(tf.ones([1, 8, 8, 3])));
    folded.dispose();
    model.dispose();
  }
  const segmenter = unet({ inputShape: [8, 8, 3], filters: [4, 8] });
  const optimizer = optimizers.sgd({ momentum: 0.9, learningRate: 0.01 });
  const options = { loss: losses.bceDice(), metrics: ['iou'], optimizer };
  await train(segmenter, masks, { ...common, ...options, validationData: masks });
  optimizer.dispose();
  segmenter.dispose();
}

describe('ops of trainings on a GPU', () => {
  let onCard: Call[];
  let deterministic: Call[];
  before(async () => {
    useNativeOps({ oneDnn: false });
    takeDeterministicPaths(false);
    onCard = await callsOf(everything);
    takeDeterministicPaths(true);
    deterministic = await callsOf(everything);
  });
  after(() => {
    takeDeterministicPaths(onRealCard);
    useNativeOps({ oneDnn: true });
  });

  it('have a kernel there, for the dtypes in use', () => {
    const names = new Set(onCard.map(([name]) => name));
    assert.ok(
      names.size > 40 && names.has('Conv2DBackpropFilter') && names.has('ResourceApplyAdam'),
    );
    for (const [name, attributes] of [...onCard, ...deterministic]) {
      assert.ok(kernels[name], `${name} has no kernel on a GPU`);
      for (const { name: attribute, value } of attributes) {
        const allowed = kernels[name]![attribute];
        assert.ok(
          !allowed || allowed.includes(value as number),
          `${name} of ${attribute} ${value}`,
        );
      }
    }
  });

  it('are never those of oneDNN', () => {
    for (const [name, attributes] of [...onCard, ...deterministic]) {
      assert.ok(!name.startsWith('_Mkl'), name);
      assert.ok(!attributes.some((attribute) => attribute.name === '_kernel'), name);
    }
  });

  it('are none that TensorFlow rejects where determinism is required', () => {
    const asked = (calls: Call[]) =>
      new Set(calls.map(([name]) => name).filter((n) => refused.has(n)));
    assert.deepEqual([...asked(deterministic)], []);
    assert.deepEqual([...asked(onCard)].sort(), [
      'ResizeNearestNeighborGrad',
      'SoftmaxCrossEntropyWithLogits',
    ]);
    const inference = deterministic.filter(
      ([name, attributes]) =>
        name === 'FusedBatchNormGradV3' &&
        attributes.some(({ name: attribute, value }) => attribute === 'is_training' && !value),
    );
    assert.deepEqual(inference, []);
  });
});

describe('the deterministic paths', () => {
  /** The largest difference of values that are computed both ways, and the largest value. */
  function differences(compute: () => Tensor[]): number {
    return tf.tidy(() => {
      takeDeterministicPaths(false);
      const usual = compute();
      takeDeterministicPaths(true);
      try {
        const scale = (x: Tensor) => Math.max(1, tf.max(tf.abs(x)).dataSync()[0]!);
        const errors = compute().map(
          (x, i) => tf.max(tf.abs(tf.sub(x, usual[i]!))).dataSync()[0]! / scale(usual[i]!),
        );
        return Math.max(...errors);
      } finally {
        takeDeterministicPaths(onRealCard);
      }
    });
  }

  it('give the loss and gradient of the fused cross-entropy', () => {
    const logits = tf.randomNormal([6, 5], 0, 4, 'float32', 1);
    const labels = tf.softmax(tf.randomNormal([6, 5], 0, 1, 'float32', 2));
    const error = differences(() => {
      const { value, grad } = tf.valueAndGrad((x) => tf.sum(softmaxCrossEntropy(labels, x)))(
        logits,
      );
      return [value, grad, softmaxCrossEntropy(labels, tf.mul(logits, 100))];
    });
    assert.ok(error < 1e-6, String(error));
    tf.dispose([logits, labels]);
  });

  it('give the gradients of a frozen batch norm and of upsampling', () => {
    const x = tf.randomNormal([2, 3, 4, 5], 1, 2, 'float32', 3) as Tensor4D;
    const norm = tf.layers.batchNormalization({ trainable: false });
    norm.apply(x);
    const up = tf.layers.upSampling2d({ size: [2, 3] });
    for (const layer of [norm, up]) {
      const error = differences(() => {
        const target = (y: Tensor) =>
          tf.sum(tf.mul(tf.square(y), tf.range(0, y.size).reshape(y.shape)));
        return [tf.grad((input) => target(layer.apply(input, { training: true }) as Tensor))(x)];
      });
      assert.ok(error < 1e-6, `${layer.name}: ${error}`);
    }
    norm.dispose();
    x.dispose();
  });
});
