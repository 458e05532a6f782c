import type { DataId, LayersModel, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import {
  type CallReplacement,
  modelOutput,
  withActivations,
  withLogits,
  withReplacedCalls,
} from '../../ops';
import { GradbookError, tf } from '../../runtime';
import { isBinary } from '../hooks';
import { allLayers, type Layer } from '../layers';
import { pixelWeights } from '../regions';

/** How relevance is distributed over the inputs of a dense layer or a convolution. */
export type RelevanceRule = 'epsilon' | 'z-plus';

/** Input and output of a layer; the tensors are kept. */
interface Step {
  layer: Layer;
  inputs: Tensor[];
  output: Tensor;
}

type Weight = { read(): Tensor } | null;
interface Parts {
  call(inputs: Tensor | Tensor[], kwargs: object): Tensor | Tensor[];
  activation?: { getClassName(): string } | null;
  bias?: Weight;
  [weight: string]: unknown;
}

const elementwise = new Set(
  'linear relu relu6 elu selu softplus softsign tanh sigmoid hardSigmoid swish mish gelu gelu_new'.split(
    ' ',
  ),
);
const activationLayers = new Set(
  'Activation ReLU LeakyReLU ELU ThresholdedReLU PReLU Softmax'.split(' '),
);
/** Layers that the epsilon rule holds for: sums, linear maps, choices of an input, other shapes. */
const knownLayers = new Set(
  (
    'InputLayer Flatten Reshape Permute Dropout SpatialDropout2D GaussianNoise GaussianDropout ' +
    'AlphaDropout MaxPooling2D AveragePooling2D GlobalAveragePooling2D GlobalMaxPooling2D ' +
    'ZeroPadding2D Cropping2D UpSampling2D Add Average Concatenate Rescaling Prepare ' +
    'BatchNormalization SeparableConv2D Conv2D Conv2DTranspose DepthwiseConv2D Dense'
  ).split(' '),
);
const kernels: Readonly<Record<string, string>> = {
  Dense: 'kernel',
  Conv2D: 'kernel',
  Conv2DTranspose: 'kernel',
  DepthwiseConv2D: 'depthwiseKernel',
};

/** Added to a denominator with its sign, as in Captum. */
const stability = 1e-9;

/**
 * Layer-wise relevance propagation (Bach et al., 2015; Montavon et al., 2019): the chosen logits
 * are propagated backwards, layer by layer, by `R_in = x · ∂z/∂x · R_out / z`. `epsilon` takes z as
 * it is, so that biases keep their share; `z-plus` takes the positive weights alone and no bias in
 * dense layers and convolutions (Montavon et al., 2017), and so needs inputs that are not negative.
 * Batch normalizations, pooling and sums follow `epsilon`; elementwise activations pass relevance
 * on unchanged.
 *
 * @returns `[n, height, width, channels]`; it belongs to the caller's tidy
 * @throws GradbookError `bad-model` for a layer that no rule is known for
 */
export function relevance(
  model: LayersModel,
  images: Tensor4D,
  targets: Tensor2D,
  rule: RelevanceRule,
): Tensor4D {
  checkLayers(model, rule);
  return tf.tidy(() => {
    const { steps, output } = recorded(model, images);
    try {
      const held = new Map<DataId, Tensor>();
      const put = (tensor: Tensor, value: Tensor) => {
        const before = held.get(tensor.dataId);
        // A reshaped tensor shares its data with the one it was made from.
        held.set(tensor.dataId, before ? before.reshape(value.shape).add(value) : value);
      };
      // For the negative class of one sigmoid unit the logit, and so the last weights, are negated.
      const aligned = output.rank === 4 ? targets.expandDims(1).expandDims(1) : targets;
      let ends = isBinary(model) ? tf.split(aligned, 2, aligned.rank - 1) : undefined;
      const start = output.mul(ends ? ends[1]!.sub(ends[0]!) : aligned);
      put(output, output.rank === 4 ? start.mul(pixelWeights(output)) : start);
      for (const step of steps.slice().reverse()) {
        const arrived = held.get(step.output.dataId)?.reshape(step.output.shape);
        if (!arrived) continue;
        held.delete(step.output.dataId);
        const weighs = rule === 'z-plus' && step.layer.getClassName() in kernels;
        const shares =
          ends && weighs
            ? sum(
                sharedOut(step, arrived.mul(ends[1]!), rule),
                sharedOut(step, arrived.mul(ends[0]!), rule, -1),
              )
            : sharedOut(step, arrived, rule);
        if (weighs) ends = undefined;
        step.inputs.forEach((input, i) => {
          put(input, shares[i]!);
        });
      }
      return held.get(images.dataId)!.reshape(images.shape) as Tensor4D;
    } finally {
      for (const { inputs, output: kept } of steps) tf.dispose([inputs, kept]);
    }
  });
}

function sum(ones: readonly Tensor[], others: readonly Tensor[]): Tensor[] {
  return ones.map((one, i) => one.add(others[i]!));
}

function recorded(model: LayersModel, images: Tensor4D): { steps: Step[]; output: Tensor } {
  const steps: Step[] = [];
  const calls = new Map<Layer, CallReplacement>();
  for (const { layer } of allLayers(model)) {
    calls.set(layer, (original, inputs) => {
      const output = original();
      const given = Array.isArray(inputs) ? inputs : [inputs];
      // tfjs disposes of tensors as soon as they are used; a clone has the same data.
      steps.push({
        layer,
        inputs: given.map((input) => tf.keep(input.clone())),
        output: tf.keep(output.clone()),
      });
      return output;
    });
  }
  const run = () => model.apply(images, { training: false }) as Tensor;
  const output = withReplacedCalls(calls, () => withLogits(model, run));
  return { steps, output };
}

/** The relevance of each input of a layer, from that of its output. */
function sharedOut(
  { layer, inputs }: Step,
  arrived: Tensor,
  rule: RelevanceRule,
  sign: 1 | -1 = 1,
): Tensor[] {
  if (activationLayers.has(layer.getClassName())) return [arrived];
  const apply = (given: Tensor[]) => linearPart(layer, given, rule, sign);
  const z = apply(inputs);
  const direction = z.greaterEqual(0).cast('float32').mul(2).sub(1);
  const share = arrived.div(z.add(direction.mul(stability)));
  const gradients = tf.grads((...given: Tensor[]) => apply(given).mul(share).sum())(inputs);
  return gradients.map((gradient, i) => gradient.mul(inputs[i]!));
}

/** The output of a layer before its activation, with the weights, times `sign`, that the rule needs. */
function linearPart(layer: Layer, inputs: Tensor[], rule: RelevanceRule, sign: 1 | -1): Tensor {
  const parts = layer as unknown as Parts;
  const kernel = rule === 'z-plus' ? kernels[layer.getClassName()] : undefined;
  const own = kernel ? { kernel: parts[kernel], bias: parts.bias } : undefined;
  const swaps = new Map(parts.activation ? [[layer, (x: Tensor) => x]] : []);
  try {
    if (kernel && own) {
      const { read } = own.kernel as NonNullable<Weight>;
      parts[kernel] = { read: () => read.call(own.kernel).mul(sign).relu() };
      parts.bias = null;
    }
    const answer = withActivations(swaps, () =>
      parts.call(inputs.length === 1 ? inputs[0]! : inputs, { training: false }),
    );
    return Array.isArray(answer) ? answer[0]! : answer;
  } finally {
    if (kernel && own) {
      parts[kernel] = own.kernel;
      parts.bias = own.bias as Weight;
    }
  }
}

function checkLayers(model: LayersModel, rule: RelevanceRule): void {
  const last = modelOutput(model);
  for (const { layer, path } of allLayers(model)) {
    const name = layer.getClassName();
    const activation = (layer as unknown as Parts).activation?.getClassName() ?? 'linear';
    const shares = knownLayers.has(name) && (rule === 'epsilon' || name !== 'SeparableConv2D');
    const passes = activationLayers.has(name) && (name !== 'Softmax' || layer === last.layer);
    if ((shares || passes) && (elementwise.has(activation) || layer === last.layer)) continue;
    throw new GradbookError(
      `layer ${path} (${name}, ${activation}): no rule of ${rule} relevance propagation is known for it. Use integrated-gradients, which works for any model`,
      'bad-model',
    );
  }
}
