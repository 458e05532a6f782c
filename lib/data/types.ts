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

/**
 * Numbers of many examples that lie elsewhere, such as on disk: a batch's rows are read when it is
 * near. What takes `Rows` treats them as an `NdArray` with the same numbers.
 */
export interface StoredRows {
  /** The first dimension is the number of examples. */
  readonly shape: readonly number[];
  readonly dtype: 'uint8' | 'int32' | 'float32';
  /** As for `NdArray`. */
  readonly scale?: number;
  readonly offset?: number;
  /** Says what the numbers are, for caches of what is computed from them: others have another key. */
  readonly key: string;
  /** Whether `read` likes a `target` on a `SharedArrayBuffer`, which threads can fill. Default false. */
  readonly shared?: boolean;
  /** Writes the rows at `positions`, in that order, one after the other into `target`. */
  read(positions: Int32Array, target: NdArray['values']): Promise<void>;
}

/** Rows in memory or elsewhere. */
export type Rows = NdArray | StoredRows;

/** Inputs and targets of a network, example by example. */
export interface Examples {
  x: NdArray;
  y: NdArray;
  /** Weight of each example in the loss; see `ModelExamples`. Default: all 1. */
  sampleWeight?: ExampleWeights | Readonly<Record<string, ExampleWeights>>;
}

/** Rows of several inputs or outputs: in the model's order, or by their names. */
export type NdArrayByName = NdArray | readonly NdArray[] | Readonly<Record<string, NdArray>>;

/** The same, in memory or elsewhere. */
export type RowsByName = Rows | readonly Rows[] | Readonly<Record<string, Rows>>;

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

/** As `ModelExamples`, with rows that need not be in memory. */
export interface StoredExamples extends Omit<ModelExamples, 'x' | 'y'> {
  x: RowsByName;
  y: RowsByName;
}

/** What is known of the images of a set but for their pixels. */
export interface LabelledSet {
  /** Such as `train`, `validation`, `test`. */
  readonly name: string;
  /** Number of images. */
  readonly count: number;
  readonly height: number;
  readonly width: number;
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

/** Images with their masks and types: the data set, or a split of it. */
export interface ImageSet extends LabelledSet {
  /** `[count, height, width, 3]`, RGB, 0 to 255. */
  readonly images: Uint8Array;
  /** `[count, height, width]`, 1 where the sprite is; null where the data set has no masks. */
  readonly masks: Uint8Array | null;
}

/** Images that are read from the disk when a batch needs them, with their types. */
export interface StreamedImageSet extends LabelledSet {
  /** uint8 `[count, height, width, 3]`, RGB, with scale 1/255. */
  readonly pictures: StoredRows;
}

/** `single`: one-hot of the primary type. `multi`: the same with the secondary type's bit set. */
export type Task = 'single' | 'multi';
