import type { Tensor4D } from '@tensorflow/tfjs-node-gpu';
import type { Precision } from '../ops';
import { GradbookError, getSeed, Random } from '../runtime';
import { type LayerMethod, layerMethods } from './methods/layer-methods';
import type { Targets } from './targets';

const otherLayerMethods = [
  'cam',
  'score-cam',
  'ablation-cam',
  'guided-grad-cam',
  'finer-cam',
  'shapley-cam',
  'kpca-cam',
  'random',
] as const;
const inputMethods = [
  'occlusion',
  'saliency',
  'smooth-grad',
  'integrated-gradients',
  'guided-backprop',
  'full-grad',
  'lrp-epsilon',
  'lrp-z-plus',
] as const;

export type CamMethod =
  | LayerMethod
  | (typeof otherLayerMethods)[number]
  | (typeof inputMethods)[number];

/**
 * Every method, those that use a layer first. `random` is a control: uniform random values at
 * the layer's positions; every useful method scores better.
 */
export const camMethods: readonly CamMethod[] = [
  ...layerMethods,
  ...otherLayerMethods,
  ...inputMethods,
];

/** Whether a method uses a layer; the others use the image's own pixels. */
export function needsLayer(method: CamMethod): boolean {
  return !(inputMethods as readonly string[]).includes(method);
}

export interface ExplainOptions {
  /** Default `grad-cam`. */
  method?: CamMethod;
  /** A layer's name, path or convolution index, or several to be fused. Default: the last spatial one. */
  layers?: string | number | readonly (string | number)[];
  /** Which classes to explain. Default `predicted`. */
  targets?: Targets;
  /** For a model with several outputs: the name or index of the one explained. */
  output?: string | number;
  /**
   * For a segmentation, output `[n, height, width, classes]`: the pixels that are explained, `[n,
   * height, width]`, 0 for none, such as its masks or what it predicts. The logit of a class is the
   * mean over them. Default: all pixels.
   */
  regions?: ArrayLike<number>;
  /** Height and width of the maps. Default: those of the images. */
  size?: readonly [number, number];
  /** The mean over the image, its mirror image, and both at 0.9 and 1.1 of their brightness. Default false. */
  augmentSmooth?: boolean;
  /** The first principal component of the weighted activations instead of their sum. Default false. */
  eigenSmooth?: boolean;
  /**
   * Runs each op by itself. Default false: passes that are made often, such as the steps of Integrated
   * Gradients or many batches, become one function of TensorFlow, with the same values but for rounding.
   */
  runEagerly?: boolean;
  /** Precision of convolutions and dense products. Default that of `setPrecision`: float32. */
  precision?: Precision;
  /** Images (or changed copies of one) that go through the network at once. Default 32. */
  batchSize?: number;
  /** Score-CAM and Ablation-CAM: number of channels, those of highest variance. Default: all. */
  maxChannels?: number;
  /** Finer-CAM: weight of the other classes' logits, and how many classes. Defaults 1, 3. */
  alpha?: number;
  comparisons?: number;
  /** Occlusion: side and step of the covered square, in pixels. Defaults: an eighth of the width, half of that. */
  patch?: number;
  stride?: number;
  /** Occlusion and Integrated Gradients: the baseline value. Default 0. */
  baseline?: number;
  /** SmoothGrad: noisy copies, and noise as a part of the range of values. Defaults 25, 0.15. */
  samples?: number;
  noise?: number;
  /** Integrated Gradients: number of steps. Default 32. */
  steps?: number;
  /** Seed of SmoothGrad's noise and of `random`. Default: that of `setSeed`. */
  seed?: number;
}

/** Options with their defaults filled in. */
export type Settings = Required<
  Omit<ExplainOptions, 'layers' | 'targets' | 'size' | 'output' | 'regions' | 'precision'>
> & {
  random: Random;
};

/** Checks options and fills in their defaults. */
export function withDefaults(images: Tensor4D, options: ExplainOptions): Settings {
  const method = options.method ?? 'grad-cam';
  if (!camMethods.includes(method)) {
    throw new GradbookError(
      `unknown method: ${method}. Take one of: ${camMethods.join(', ')}`,
      'unknown-method',
    );
  }
  const patch = options.patch ?? Math.max(1, Math.round((images.shape[2] ?? 8) / 8));
  const settings = {
    method,
    augmentSmooth: options.augmentSmooth ?? false,
    eigenSmooth: options.eigenSmooth ?? false,
    runEagerly: options.runEagerly ?? false,
    batchSize: options.batchSize ?? 32,
    maxChannels: options.maxChannels ?? Number.POSITIVE_INFINITY,
    alpha: options.alpha ?? 1,
    comparisons: options.comparisons ?? 3,
    patch,
    stride: options.stride ?? Math.max(1, Math.floor(patch / 2)),
    baseline: options.baseline ?? 0,
    samples: options.samples ?? 25,
    noise: options.noise ?? 0.15,
    steps: options.steps ?? 32,
    seed: options.seed ?? getSeed(),
  };
  for (const name of ['batchSize', 'comparisons', 'patch', 'stride', 'samples', 'steps'] as const) {
    if (!(Number.isInteger(settings[name]) && settings[name] >= 1)) {
      throw new GradbookError(`${name} ${settings[name]}: give an integer from 1`, 'bad-option');
    }
  }
  return { ...settings, random: new Random(settings.seed) };
}
