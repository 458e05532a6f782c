import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, tf } from '../../runtime';
import { apply, checkWidths } from '../blocks';
import { assignWeights, readWeights } from './weights';

export interface MobileNetOptions {
  /**
   * `imagenet` (default): the weights downloaded by the set-up, or those of `GRADBOOK_WEIGHTS`;
   * null: random; anything else: path of a tfjs model folder or a Keras `.h5`.
   */
  weights?: 'imagenet' | (string & {}) | null;
  /** Shape of one image, its sides divisible by 32. Default `[224, 224, 3]`. */
  inputShape?: readonly [number, number, number];
  /** Width of every layer relative to the original's. Default 1, the one with downloaded weights. */
  alpha?: number;
  /** Whether to include the 1,000-class ImageNet top. Default false. */
  includeTop?: boolean;
}

/** Output channels and stride of each depthwise separable block (Howard et al., 2017, table 1). */
const blocks: readonly [channels: number, stride: number][] = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
];

/**
 * MobileNet v1 (Howard et al., 2017), layer for layer and name for name as `keras.applications`
 * builds it. Its input is RGB from -1 to 1.
 *
 * @returns without the top a network from `[n, h, w, 3]` to `[n, h/32, w/32, 1024·alpha]`, with it
 *   to `[n, 1000]` probabilities
 * @throws GradbookError `missing-file`, `bad-file` or `bad-weights` before anything is computed
 */
export async function mobileNet(options: MobileNetOptions = {}): Promise<LayersModel> {
  const { weights = 'imagenet', includeTop = false } = options;
  const arrays = weights && (await readWeights(weights === 'imagenet' ? undefined : weights));
  const model = build(options, includeTop);
  if (arrays) assignWeights(model, arrays);
  return model;
}

function build(options: MobileNetOptions, includeTop: boolean): LayersModel {
  const { inputShape = [224, 224, 3], alpha = 1 } = options;
  checkWidths('inputShape', inputShape);
  if (inputShape[0] % 32 !== 0 || inputShape[1] % 32 !== 0) {
    throw new GradbookError(
      `inputShape ${inputShape.join('×')}: MobileNet halves the image five times, so sides must be divisible by 32`,
      'bad-option',
    );
  }
  if (!(alpha > 0)) throw new GradbookError(`alpha ${alpha}: give a number above 0`, 'bad-option');
  const width = (channels: number) => Math.floor(channels * alpha);

  const input = tf.input({ shape: [...inputShape], name: 'input_1' });
  let x = normRelu(
    apply(
      tf.layers.conv2d({
        name: 'conv1',
        filters: width(32),
        kernelSize: 3,
        strides: 2,
        padding: 'same',
        useBias: false,
      }),
      input,
    ),
    'conv1',
  );
  blocks.forEach(([channels, stride], i) => {
    x = separableBlock(x, i + 1, width(channels), stride);
  });
  if (includeTop) x = imagenetTop(x);
  const name = `mobilenet_${alpha.toFixed(2)}_${inputShape[0]}`;
  return tf.model({ inputs: input, outputs: x, name });
}

function separableBlock(input: SymbolicTensor, i: number, filters: number, stride: number) {
  let x = input;
  if (stride === 2) {
    // Keras pads at the bottom and right explicitly, which equals TensorFlow's `same` at even sides.
    const padding: [[number, number], [number, number]] = [
      [0, 1],
      [0, 1],
    ];
    x = apply(tf.layers.zeroPadding2d({ name: `conv_pad_${i}`, padding }), x);
  }
  const depthwise = tf.layers.depthwiseConv2d({
    name: `conv_dw_${i}`,
    kernelSize: 3,
    strides: stride,
    padding: stride === 1 ? 'same' : 'valid',
    useBias: false,
  });
  x = normRelu(apply(depthwise, x), `conv_dw_${i}`);
  const pointwise = tf.layers.conv2d({
    name: `conv_pw_${i}`,
    filters,
    kernelSize: 1,
    padding: 'same',
    useBias: false,
  });
  return normRelu(apply(pointwise, x), `conv_pw_${i}`);
}

function normRelu(input: SymbolicTensor, name: string): SymbolicTensor {
  const x = apply(tf.layers.batchNormalization({ name: `${name}_bn`, epsilon: 1e-3 }), input);
  return apply(tf.layers.reLU({ name: `${name}_relu`, maxValue: 6 }), x);
}

function imagenetTop(input: SymbolicTensor): SymbolicTensor {
  const channels = input.shape[3]!;
  let x = apply(
    tf.layers.globalAveragePooling2d({
      name: 'global_average_pooling2d',
      dataFormat: 'channelsLast',
    }),
    input,
  );
  x = apply(tf.layers.reshape({ name: 'reshape_1', targetShape: [1, 1, channels] }), x);
  x = apply(tf.layers.dropout({ name: 'dropout', rate: 1e-3 }), x);
  x = apply(tf.layers.conv2d({ name: 'conv_preds', filters: 1000, kernelSize: 1 }), x);
  x = apply(tf.layers.reshape({ name: 'reshape_2', targetShape: [1000] }), x);
  return apply(tf.layers.activation({ name: 'predictions', activation: 'softmax' }), x);
}
