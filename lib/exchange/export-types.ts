/** The formats that `exportModel` writes. */
export type ExportFormat =
  | 'tfjs'
  | 'tfjs-graph'
  | 'saved-model'
  | 'keras'
  | 'keras-weights'
  | 'onnx';

export interface ExportOptions {
  /**
   * - `tfjs`: the folder of a layers model, for plain `@tensorflow/tfjs` in Node and in browsers;
   * - `tfjs-graph`: the folder of a graph model for inference (`tf.loadGraphModel`);
   * - `saved-model`: the folder of a TensorFlow SavedModel for inference;
   * - `keras`: Keras 3's `.keras`, for `keras.saving.load_model` and for training there;
   * - `keras-weights`: the weights as Keras 3's `.weights.h5`;
   * - `onnx`: an ONNX file for inference.
   */
  format: ExportFormat;
  /** Weights of a `tfjs-graph` as float16, in half the bytes. Default false. */
  float16?: boolean;
}

/** The files of an export by their path below the one that was given; `''` is the path itself. */
export type ExportedFiles = Map<string, string | Uint8Array>;
