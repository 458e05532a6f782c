import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import type { Rows } from '../data/types';
import { type Precision, resolvePrecision, withPrecision } from '../ops';
import { GradbookError, interruptCount, interruptSince, tf } from '../runtime';
import { batchTensor, breathe, ownOrder, type Size } from './batches';
import { checkInputs, wholeNumber } from './checks';

/** Outputs of a model for many examples, row after row. */
export interface Predictions {
  values: Float32Array;
  shape: number[];
}

export interface PredictOptions {
  /** Examples in a batch. Default 32. */
  batchSize?: number;
  /** Resizes pictures to height and width on the device, such as `[224, 224]`. */
  resize?: Size;
  /** What convolutions and dense products are computed in. Default `float32`. */
  precision?: Precision;
  /** Called after each batch with how many examples are done. */
  onProgress?: (done: number) => void;
}

/**
 * Runs a model in inference mode over examples. Leaves no tensor behind; only one batch at a time
 * is on the device.
 *
 * @param model anything with `predict(batch)`: a `LayersModel`, a `GraphModel`, a folded network
 * @throws GradbookError `bad-shape`, `bad-option`; `interrupted` when somebody stopped it
 */
export async function predict(
  model: Pick<LayersModel, 'predict'>,
  x: Rows,
  { batchSize = 32, resize, precision, onProgress }: PredictOptions = {},
): Promise<Predictions> {
  wholeNumber(batchSize, 'batchSize', 1);
  const count = model instanceof tf.LayersModel ? checkInputs(model, x, resize) : x.shape[0]!;
  const type = resolvePrecision(precision);
  const order = ownOrder(count);
  const start = interruptCount();
  let values: Float32Array | undefined;
  let inner: number[] = [];
  for (let from = 0; from < count; from += batchSize) {
    const to = Math.min(from + batchSize, count);
    const said = tf.tidy(() => {
      const batch = batchTensor(x, order, from, to, resize);
      const outputs = withPrecision(type, () => model.predict(batch)) as Tensor;
      inner = outputs.shape.slice(1);
      return outputs.dataSync() as Float32Array;
    });
    values ??= new Float32Array((said.length / (to - from)) * count);
    values.set(said, (said.length / (to - from)) * from);
    onProgress?.(to);
    await breathe();
    if (interruptSince(start)) {
      throw new GradbookError(
        `the prediction was interrupted after ${to} of ${count} examples`,
        'interrupted',
      );
    }
  }
  return { values: values ?? new Float32Array(0), shape: [count, ...inner] };
}
