import type { NamedTensorInfoMap, Tensor, Tensor1D, TensorInfo } from '@tensorflow/tfjs-node-gpu';
import { hasNativeOps, needsDeterministicOps, tf } from '../runtime';
import { compiledTrainable } from './compiled-trainable';
import { frozenModels } from './frozen-models';
import { insideGradient } from './nested';
import { fastOp, roundedOp, staysRounded } from './one-dnn';
import { defineKernel, methodPatch, prototypeOf } from './patch';
import type { Replacement } from './switches';

const kernelName = 'GradbookBatchNorm';

interface Attributes {
  epsilon: number;
  training: boolean;
}

interface Readable {
  read(): Tensor1D;
  write(value: Tensor): void;
}

/** The fields of tfjs's BatchNormalization layer that are read here. */
interface BatchNormLayer {
  axis: number;
  momentum: number;
  epsilon: number;
  trainable: boolean;
  gamma?: Readable;
  beta?: Readable;
  movingMean: Readable;
  movingVariance: Readable;
}

/** TensorFlow's fused op needs rank 4 with channels last; other ranks are reshaped. */
function asRank4(x: Tensor): Tensor {
  if (x.rank === 4) return x;
  const channels = x.shape[x.rank - 1]!;
  return tf.reshape(x, [x.size / channels, 1, 1, channels]);
}

/**
 * The gradients as tfjs ops, which are differentiable (Ioffe and Szegedy, "Batch
 * normalization", 2015, section 3).
 */
function gradientsOnTape(dy: Tensor, saved: Tensor[], epsilon: number, training: boolean) {
  const [x, scale, movingMean, movingVariance] = saved;
  const axes = [0, 1, 2];
  const normalized = () => {
    const mean = training ? tf.mean(x!, axes) : movingMean!;
    const centred = tf.sub(x!, mean);
    const variance = training ? tf.mean(tf.square(centred), axes) : movingVariance!;
    const inverse = tf.rsqrt(tf.add(variance, epsilon));
    return { xHat: tf.mul(centred, inverse), inverse };
  };
  return {
    x: () => {
      const { xHat, inverse } = normalized();
      const factor = tf.mul(scale!, inverse);
      if (!training) return tf.mul(dy, factor);
      const along = tf.mul(xHat, tf.mean(tf.mul(dy, xHat), axes));
      return tf.mul(tf.sub(tf.sub(dy, tf.mean(dy, axes)), along), factor);
    },
    scale: () => tf.sum(tf.mul(dy, normalized().xHat), axes),
    offset: () => tf.sum(dy, axes),
  };
}

/**
 * Runs the fused op or its gradient, in bfloat16 where `x` is in that. Scale, offset and statistics
 * are float32 either way.
 */
function run(
  x: TensorInfo,
  name: 'FusedBatchNormV3' | 'FusedBatchNormGradV3',
  inputs: readonly TensorInfo[],
  { epsilon, training }: Attributes,
): Tensor[] {
  const attributes = {
    U: { dtype: 'float32' },
    epsilon: { float: epsilon },
    is_training: { bool: training },
  } as const;
  const [outputs, first] = name === 'FusedBatchNormV3' ? [6, 1] : [5, 2];
  if (!staysRounded(x)) return fastOp(name, inputs, attributes, outputs);
  const exact = inputs.map((_, i) => i).slice(first);
  return roundedOp(name, inputs, attributes, outputs, exact);
}

/** Registers the fused op and its gradient under a separate kernel name. */
export function defineBatchNorm(): void {
  defineKernel(
    {
      kernelName,
      backendName: 'tensorflow',
      kernelFunc: ({ inputs, attrs }) => {
        const { x, scale, offset, mean, variance } = inputs as NamedTensorInfoMap;
        const { epsilon, training } = attrs as unknown as Attributes;
        return run(x!, 'FusedBatchNormV3', [x!, scale!, offset!, mean!, variance!], {
          epsilon,
          training,
        });
      },
    },
    {
      inputsToSave: ['x', 'scale', 'mean', 'variance'],
      outputsToSave: [false, false, false, true, true, true],
      gradFunc: (dys, saved, attrs) => {
        const dy = (dys as Tensor[])[0]!;
        const [x, scale, mean, variance, reserve1, reserve2, reserve3] = saved as Tensor[];
        const { epsilon, training } = attrs as unknown as Attributes;
        // The fused gradient of inference mode has no deterministic kernel on a GPU.
        if (insideGradient() || (!training && needsDeterministicOps()))
          return gradientsOnTape(dy, saved as Tensor[], epsilon, training);
        // One op computes all three. It must run here, not in the functions below: tfjs tidies
        // after each of them.
        const statistics = training ? [reserve1!, reserve2!] : [mean!, variance!];
        const inputs = [dy, x!, scale!, ...statistics, reserve3!];
        const grads = run(x!, 'FusedBatchNormGradV3', inputs, { epsilon, training });
        return { x: () => grads[0]!, scale: () => grads[1]!, offset: () => grads[2]! };
      },
    },
  );
}

function fused(
  x: Tensor,
  scale: Tensor,
  offset: Tensor,
  mean: Tensor,
  variance: Tensor,
  attributes: Attributes,
): Tensor[] {
  return tf
    .engine()
    .runKernel(
      kernelName,
      { x, scale, offset, mean, variance },
      { ...attributes },
    ) as unknown as Tensor[];
}

/** Moves `variable` towards `value` by `1 - momentum`, as Keras writes it. */
function moveAverage(variable: Readable, value: Tensor, momentum: number): void {
  variable.write(tf.add(tf.mul(variable.read(), momentum), tf.mul(value, 1 - momentum)));
}

/** With the normalised axis last, and back. */
function normalize(layer: BatchNormLayer, input: Tensor, training: boolean): Tensor {
  const axis = layer.axis < 0 ? layer.axis + input.rank : layer.axis;
  if (axis === input.rank - 1) return normalizeLast(layer, input, training);
  const others = Array.from(input.shape.keys()).filter((each) => each !== axis);
  const y = normalizeLast(layer, tf.transpose(input, [...others, axis]), training);
  const back = Array.from(input.shape.keys(), (each) => [...others, axis].indexOf(each));
  return tf.transpose(y, back);
}

function normalizeLast(layer: BatchNormLayer, input: Tensor, training: boolean): Tensor {
  const x = asRank4(input);
  const channels = x.shape[3]!;
  const scale = layer.gamma?.read() ?? tf.ones([channels]);
  const offset = layer.beta?.read() ?? tf.zeros([channels]);
  const { epsilon, momentum } = layer;
  let y: Tensor;
  if (training) {
    const empty = tf.tensor1d([]);
    const outputs = fused(x, scale, offset, empty, empty, { epsilon, training });
    y = outputs[0]!;
    // The op reports the variance over n - 1; Keras keeps the one over n.
    const n = x.size / channels;
    moveAverage(layer.movingMean, outputs[1]!, momentum);
    moveAverage(layer.movingVariance, tf.mul(outputs[2]!, Math.max(n - 1, 1) / n), momentum);
  } else {
    const mean = layer.movingMean.read();
    const variance = layer.movingVariance.read();
    y = fused(x, scale, offset, mean, variance, { epsilon, training })[0]!;
  }
  return input.rank === 4 ? y : tf.reshape(y, input.shape);
}

const layerCall = methodPatch<BatchNormLayer, [Tensor | Tensor[], Record<string, unknown>], Tensor>(
  () => prototypeOf('BatchNormalization'),
  'call',
  (original, layer, [inputs, kwargs]) => {
    // A frozen layer normalises by its moving statistics and does not update them, as in Keras.
    const training = Boolean(kwargs?.['training']) && layer.trainable;
    const input = Array.isArray(inputs) ? inputs[0]! : inputs;
    if (!(hasNativeOps() && input.dtype === 'float32')) {
      return original.call(layer, inputs, { ...kwargs, training });
    }
    return tf.tidy(() => normalize(layer, input, training));
  },
);

/** Ordinary `tf.layers.batchNormalization` on the fused op, with Keras's meaning of `trainable`. */
export const batchNorm: Replacement = {
  enable() {
    layerCall.enable();
    frozenModels.enable();
    compiledTrainable.enable();
  },
  disable() {
    layerCall.disable();
    frozenModels.disable();
    compiledTrainable.disable();
  },
};
