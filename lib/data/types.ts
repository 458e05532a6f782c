/** Array data with a shape, row-major: images, features, labels or masks. */
export interface NdArray {
  /** The first dimension is the number of examples. */
  shape: readonly number[];
  values: Uint8Array | Int32Array | Float32Array;
  /** What a value is multiplied by when it becomes float32. Default 1; uint8 images have 1/255. */
  scale?: number;
  /** What is added after scaling. Default 0. */
  offset?: number;
}

/** Inputs and targets of a network, example by example. */
export interface Examples {
  x: NdArray;
  y: NdArray;
  /** Weight of each example in the loss; see `ModelExamples`. Default: all 1. */
  sampleWeight?: ExampleWeights | Readonly<Record<string, ExampleWeights>>;
}

/** Rows of several inputs or outputs: in the model's order, or by their names. */
export type NdArrayByName = NdArray | readonly NdArray[] | Readonly<Record<string, NdArray>>;

/** One number for each example. */
export type ExampleWeights = NdArray | Float32Array | readonly number[];

/** Inputs and targets of any network, example by example. */
export interface ModelExamples {
  x: NdArrayByName;
  y: NdArrayByName;
  /**
   * Weight of each example in the loss, at least 0, for all outputs or by the output's name: the
   * loss of a batch is the sum of weighted losses over the number of examples, as in Keras. Metrics
   * are not weighted. Default: all 1.
   */
  sampleWeight?: ExampleWeights | Readonly<Record<string, ExampleWeights>>;
}

/** Images with their masks and types: the data set, or a split of it. */
export interface ImageSet {
  /** Such as `train`, `validation`, `test`. */
  readonly name: string;
  /** Number of images. */
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** `[count, height, width, 3]`, RGB, 0 to 255. */
  readonly images: Uint8Array;
  /** `[count, height, width]`, 1 where the sprite is; null where the data set has no masks. */
  readonly masks: Uint8Array | null;
  /** What is in each image, such as `Pikachu`. */
  readonly names: readonly string[];
  /** Index of the primary type (or class) of each image in `classNames`. */
  readonly primary: Uint8Array;
  /** Index of the secondary type, -1 where there is none. */
  readonly secondary: Int8Array;
  readonly classNames: readonly string[];
  /** Row of each image in the data set as it was read. */
  readonly rows: Int32Array;
}

/** `single`: one-hot of the primary type. `multi`: the same with the secondary type's bit set. */
export type Task = 'single' | 'multi';
