/** A plotly figure as plain JSON, with a sentence for those who cannot see it. */
export interface Figure {
  data: Record<string, unknown>[];
  layout: Record<string, unknown>;
  config?: Record<string, unknown>;
  /** Alternative text: what is drawn, and its main figures. */
  alt: string;
}

/** A picture ready to be shown or written to a file. */
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

/** What training leaves behind, as far as figures need it: what `train` and what tfjs's `fit` return. */
export interface HistoryLike {
  /** Epoch of each entry, from 0 as Keras counts. Default 0, 1, 2, … */
  epoch?: Numbers;
  /**
   * A series for each key, such as `loss`, `val_accuracy`, `learning_rate`; tfjs's `acc` is shown as
   * `accuracy`. What is no number, such as a tensor, leaves a gap.
   */
  history: Readonly<Record<string, ArrayLike<number | object | string>>>;
}

/** Numbers with a shape, row after row, as `predict` returns them. */
export interface Values {
  values: Numbers;
  shape: readonly number[];
}

/** Pictures with 1 or 3 channels, row after row: an `ImageSet` is one. */
export interface Images {
  /** `[count, height, width, channels]`; bytes are 0 to 255, floats 0 to 1. */
  images: Uint8Array | Uint8ClampedArray | Float32Array | Float64Array;
  /** Of one picture, in pixels. */
  height: number;
  /** Of one picture, in pixels. */
  width: number;
  /** 1 for grey, 3 for RGB. Default 3. */
  channels?: 1 | 3;
}

/** Pictures with their classes: an `ImageSet` is one. */
export interface LabelledImages extends Images {
  /** Index of each picture's (primary) class. */
  primary: Numbers;
  /** Index of a second class, -1 where there is none. Default none anywhere. */
  secondary?: Numbers;
  classNames: readonly string[];
  /** What is in each picture. */
  names?: readonly string[];
}

/** Options that every figure takes. */
export interface FigureOptions {
  /** Above the figure. Each figure has its own default; an empty string leaves it out. */
  title?: string;
  /** In pixels. Default 840, which fits a notebook and a printed page. */
  width?: number;
  /** In pixels. Default: what the content needs. */
  height?: number;
  /**
   * `auto`: no background, and a grey text that can be read on white and on black; `light` and
   * `dark` bring their background along. Default `auto`.
   */
  theme?: Theme;
}

export type Theme = 'auto' | 'light' | 'dark';
