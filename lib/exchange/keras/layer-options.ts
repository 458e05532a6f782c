// Options of layers that Keras 3 and tfjs 4.22 share, by Keras's names, for each class.

const kernel = 'kernel_initializer kernel_regularizer kernel_constraint';
const bias = 'use_bias bias_initializer bias_regularizer bias_constraint';
const depthwise = 'depthwise_initializer depthwise_regularizer depthwise_constraint';
const pointwise = 'pointwise_initializer pointwise_regularizer pointwise_constraint';
const window = 'kernel_size strides padding data_format dilation_rate activation';
const normalizer =
  'axis epsilon center scale beta_initializer gamma_initializer beta_regularizer gamma_regularizer';
const pool = 'pool_size strides padding data_format';

const lists: Record<string, string> = {
  Conv1D: `filters ${window} ${kernel} ${bias}`,
  Conv2D: `filters ${window} ${kernel} ${bias}`,
  Conv2DTranspose: `filters ${window} ${kernel} ${bias}`,
  DepthwiseConv2D: `depth_multiplier ${window} ${depthwise} ${bias}`,
  SeparableConv2D: `filters depth_multiplier ${window} ${depthwise} ${pointwise} ${bias}`,
  Dense: `units activation ${kernel} ${bias}`,
  BatchNormalization: `momentum moving_mean_initializer moving_variance_initializer beta_constraint gamma_constraint ${normalizer}`,
  LayerNormalization: normalizer,
  Activation: 'activation',
  ReLU: 'max_value',
  LeakyReLU: 'alpha',
  ELU: 'alpha',
  PReLU: 'alpha_initializer alpha_regularizer alpha_constraint shared_axes',
  Softmax: 'axis',
  Dropout: 'rate noise_shape seed',
  SpatialDropout1D: 'rate seed',
  GaussianNoise: 'stddev',
  GaussianDropout: 'rate',
  AlphaDropout: 'rate noise_shape',
  Flatten: 'data_format',
  Reshape: 'target_shape',
  Permute: 'dims',
  RepeatVector: 'n',
  Embedding:
    'input_dim output_dim embeddings_initializer embeddings_regularizer embeddings_constraint mask_zero',
  Rescaling: 'scale offset',
  MaxPooling1D: 'pool_size strides padding',
  AveragePooling1D: 'pool_size strides padding',
  MaxPooling2D: pool,
  AveragePooling2D: pool,
  GlobalMaxPooling1D: '',
  GlobalAveragePooling1D: '',
  GlobalMaxPooling2D: 'data_format',
  GlobalAveragePooling2D: 'data_format',
  ZeroPadding2D: 'padding data_format',
  Cropping2D: 'cropping data_format',
  UpSampling2D: 'size data_format interpolation',
  Concatenate: 'axis',
  Add: '',
  Multiply: '',
  Average: '',
  Maximum: '',
  Minimum: '',
};

/** Options by class; a class that is not there is not shared. */
export const sharedOptions: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(lists).map(([className, list]) => [
    className,
    new Set(['name', 'trainable', 'dtype', ...list.split(' ').filter(Boolean)]),
  ]),
);

/** Activations by tfjs's name and Keras's; the hard sigmoids of the two are different functions. */
export const sharedActivations: readonly (readonly [tfjs: string, keras: string])[] = [
  ['linear', 'linear'],
  ['relu', 'relu'],
  ['relu6', 'relu6'],
  ['elu', 'elu'],
  ['selu', 'selu'],
  ['sigmoid', 'sigmoid'],
  ['tanh', 'tanh'],
  ['softplus', 'softplus'],
  ['softsign', 'softsign'],
  ['softmax', 'softmax'],
  ['logSoftmax', 'log_softmax'],
  ['swish', 'silu'],
  ['mish', 'mish'],
  ['gelu', 'gelu'],
];
