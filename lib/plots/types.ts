/** A plotly figure as plain JSON, with alternative text. */
export interface Figure {
  data: Record<string, unknown>[];
  layout: Record<string, unknown>;
  config?: Record<string, unknown>;
  /** Alternative text: what is drawn, and its main values. */
  alt: string;
}

/** An image ready to be shown or written to a file. */
export interface Picture {
  png: Buffer;
  /** In pixels. */
  width: number;
  /** In pixels. */
  height: number;
  /** Alternative text. */
  alt: string;
}

/** Any row of numbers: a list or a typed array. */
export type Numbers = ArrayLike<number>;

/** A training history: the result of `train` or of tfjs's `fit`. */
export interface HistoryLike {
  /** Epoch of each entry, from 0 as Keras counts. Default 0, 1, 2, … */
  epoch?: Numbers;
  /**
   * A series for each key, such as `loss`, `val_accuracy`, `learning_rate`; tfjs's `acc` is shown as
   * `accuracy`. Values that are not numbers, such as tensors, leave a gap.
   */
  history: Readonly<Record<string, ArrayLike<number | object | string>>>;
}

/** Array data with a shape, row-major, as `predict` returns it. */
export interface Values {
  values: Numbers;
  shape: readonly number[];
}

/** Images with 1 or 3 channels, row-major: an `ImageSet` is one. */
export interface Images {
  /** `[count, height, width, channels]`; bytes are 0 to 255, floats 0 to 1. */
  images: Uint8Array | Uint8ClampedArray | Float32Array | Float64Array;
  /** Of one image, in pixels. */
  height: number;
  /** Of one image, in pixels. */
  width: number;
  /** 1 for grey, 3 for RGB. Default 3. */
  channels?: 1 | 3;
}

/** Images with their classes: an `ImageSet` is one. */
export interface LabelledImages extends Images {
  /** Index of each image's (primary) class. */
  primary: Numbers;
  /** Index of a second class, -1 where there is none. Default none anywhere. */
  secondary?: Numbers;
  classNames: readonly string[];
  /** Name of each image. */
  names?: readonly string[];
}

/** Options of all figures. */
export interface FigureOptions {
  /** Above the figure. Each figure has its own default; an empty string leaves it out. */
  title?: string;
  /** In pixels. Default 840, which fits a notebook and a printed page. */
  width?: number;
  /** In pixels. Default: by content. */
  height?: number;
  /**
   * `auto`: no background, and a grey text that is readable on white and on black; `light` and
   * `dark` include a background. Default `auto`.
   */
  theme?: Theme;
}

export type Theme = 'auto' | 'light' | 'dark';
