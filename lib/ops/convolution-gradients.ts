import type { GradConfig, Tensor, TensorInfo } from '@tensorflow/tfjs-node-gpu';
import { hasNativeOps } from '../runtime';
import { kernelNames, run, toFilterNames, toInputNames } from './convolution';
import { type ConvolutionAttributes, type ConvolutionKind, convolve } from './convolve';
import { gradientPatch, kernelPatch, originalGradient } from './patch';
import type { Replacement } from './switches';

/** What tfjs's convolution kernels are given. */
interface TfjsAttributes {
  strides: number | [number, number];
  pad: unknown;
  dataFormat?: string;
  dilations?: number | [number, number] | null;
}

function pair(value: number | [number, number] | null | undefined): [number, number] {
  return Array.isArray(value) ? value : [value ?? 1, value ?? 1];
}

/** The attributes of our kernels; undefined where tfjs's convolution is none of theirs. */
function ours(attributes: unknown, tensors: readonly TensorInfo[]) {
  const { strides, pad, dataFormat = 'NHWC', dilations } = attributes as TfjsAttributes;
  const known = pad === 'same' || pad === 'valid';
  const floats = tensors.every(({ dtype }) => dtype === 'float32');
  if (!(known && floats && dataFormat === 'NHWC' && hasNativeOps())) return undefined;
  const described: ConvolutionAttributes = {
    strides: pair(strides),
    padding: pad === 'same' ? 'SAME' : 'VALID',
    dilations: pair(dilations),
  };
  return described;
}

/** Of what `tf.conv2d`, `conv1d`, `depthwiseConv2d` and `separableConv2d` run. */
function gradientOf(kind: ConvolutionKind, kernelName: string): GradConfig {
  return {
    kernelName,
    inputsToSave: ['x', 'filter'],
    gradFunc: (slope, saved, attributes) => {
      const dy = slope as Tensor;
      const [x, filter] = saved as [Tensor, Tensor];
      const described = ours(attributes, [x, filter, dy]);
      if (!described) return originalGradient(kernelName).gradFunc(slope, saved, attributes);
      return {
        x: () => run(toInputNames[kind], { filter, dy }, { ...described, shape: x.shape }),
        filter: () => run(toFilterNames[kind], { x, dy }, { ...described, shape: filter.shape }),
      };
    },
  };
}

/** Of what `tf.conv2dTranspose` runs. */
const ofTranspose: GradConfig = {
  kernelName: 'Conv2DBackpropInput',
  inputsToSave: ['dy', 'filter'],
  gradFunc: (slope, saved, attributes) => {
    const x = slope as Tensor;
    const [dy, filter] = saved as [Tensor, Tensor];
    const described = ours(attributes, [x, filter, dy]);
    if (!described) {
      return originalGradient('Conv2DBackpropInput').gradFunc(slope, saved, attributes);
    }
    return {
      dy: () => run(kernelNames.plain, { x, filter }, described),
      filter: () => run(toFilterNames.plain, { x, dy }, { ...described, shape: filter.shape }),
    };
  },
};

// TensorFlow has no dilated depthwise convolution on the processor, Keras's goes the same way.
const depthwiseKernel = kernelPatch('DepthwiseConv2dNative', 'tensorflow', (original, call) => {
  const { x, filter } = call.inputs as Record<string, TensorInfo>;
  const described = ours(call.attrs, [x!, filter!]);
  const dilated = described?.dilations?.some((rate) => rate !== 1);
  return dilated ? convolve('depthwise', { x: x!, filter: filter! }, described!) : original(call);
});

const patches: Replacement[] = [
  gradientPatch(gradientOf('plain', 'Conv2D')),
  gradientPatch(gradientOf('depthwise', 'DepthwiseConv2dNative')),
  gradientPatch(ofTranspose),
  depthwiseKernel,
];

/** tfjs's own convolutions: dilated ones run and train, and gradients have gradients. */
export const tfjsConvolutions: Replacement = {
  enable() {
    for (const patch of patches) patch.enable();
  },
  disable() {
    for (const patch of patches) patch.disable();
  },
};
