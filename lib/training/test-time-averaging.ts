import type { LayersModel, Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import type { NdArray } from '../data';
import { GradbookError, tf } from '../runtime';
import { checkInputs } from './checks';
import type { Predictions } from './gathered';
import { type PredictOptions, predict } from './predict';

export interface TestTimeAveragingOptions extends Omit<PredictOptions, 'onProgress'> {
  /** Whether to add a horizontally flipped version of each copy, which doubles their number. Default true. */
  flip?: boolean;
  /**
   * Shifts of the copies, `[down, right]` in pixels after resizing; edges are filled by repeating
   * rows and columns. Default: none, `[[0, 0]]`.
   */
  shifts?: readonly (readonly [number, number])[];
  /** Called after each copy with the number done and the total. */
  onProgress?: (done: number, copies: number) => void;
}

/**
 * Test-time averaging (test-time augmentation, Krizhevsky et al., 2012; He et al., 2016): the mean
 * of the outputs (probabilities, for a model that ends in them) over several changed copies of each
 * image. The cost is one prediction per copy. Report its metrics separately from those of plain
 * predictions. For class outputs only; a mask would have to be shifted back.
 *
 * @throws GradbookError as `predict`; `bad-option` for no shifts or a shift that is not an integer;
 *   `bad-shape` for rows that are not images or outputs that are not `[n, classes]`
 */
export async function predictAveraged(
  model: Pick<LayersModel, 'predict'>,
  x: NdArray,
  options: TestTimeAveragingOptions = {},
): Promise<Predictions> {
  const { flip = true, shifts = [[0, 0]], onProgress, ...rest } = options;
  if (x.shape.length !== 4) {
    throw new GradbookError(
      `x has the shape [${x.shape.join(', ')}]: test-time averaging changes images [n, height, width, channels]`,
      'bad-shape',
    );
  }
  if (shifts.length === 0 || !shifts.flat().every(Number.isInteger)) {
    throw new GradbookError(
      `shifts ${JSON.stringify(shifts)}: give at least one [down, right] in whole pixels`,
      'bad-option',
    );
  }
  if (model instanceof tf.LayersModel) checkInputs(model, x, rest.resize);
  const copies = shifts.flatMap((shift) =>
    (flip ? [false, true] : [false]).map((mirrored) => ({ shift, mirrored })),
  );
  let mean: Predictions | undefined;
  for (const [done, { shift, mirrored }] of copies.entries()) {
    const changed: Pick<LayersModel, 'predict'> = {
      predict: (batch) => model.predict(moved(batch as Tensor4D, shift, mirrored)),
    };
    const found = await predict(changed, x, rest);
    if (found.shape.length !== 2) {
      throw new GradbookError(
        `outputs of the shape [${found.shape.join(', ')}]: test-time averaging needs outputs [n, classes]`,
        'bad-shape',
      );
    }
    mean ??= { values: new Float32Array(found.values.length), shape: found.shape };
    for (let i = 0; i < found.values.length; i++)
      mean.values[i]! += found.values[i]! / copies.length;
    onProgress?.(done + 1, copies.length);
  }
  return mean!;
}

/** Images flipped first and then shifted; edges are repeated. */
function moved(
  batch: Tensor4D,
  [down, right]: readonly [number, number],
  mirrored: boolean,
): Tensor {
  const turned = mirrored ? batch.reverse(2) : batch;
  const from = (size: number, by: number) =>
    tf.tensor1d(
      Array.from({ length: size }, (_, i) => Math.min(Math.max(i - by, 0), size - 1)),
      'int32',
    );
  const [, height, width] = batch.shape;
  const rows = down === 0 ? turned : turned.gather(from(height, down), 1);
  return right === 0 ? rows : rows.gather(from(width, right), 2);
}
