import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../runtime';
import type { StoredTensor } from '../weights';
import { above } from './accuracy';
import type { Metric } from './metric';

/**
 * Counts of true class (row) against predicted class (column), int32 `[classes, classes]`. An
 * output of one unit is two classes, negative and positive, separated by the threshold.
 */
export function countConfusion(labels: Tensor, outputs: Tensor, threshold = 0.5): Tensor {
  const units = labels.shape[labels.rank - 1]!;
  const indices = (values: Tensor, border: number): Tensor =>
    units === 1 ? above(values, border).reshape([-1]) : tf.argMax(values.reshape([-1, units]), -1);
  const classes = Math.max(units, 2);
  const truth = tf.oneHot(indices(labels, 0.5).asType('int32'), classes).asType('float32');
  const said = tf.oneHot(indices(outputs, threshold).asType('int32'), classes).asType('float32');
  return tf.matMul(truth, said, true).asType('int32');
}

export function matrixRows({ values, shape }: StoredTensor): number[][] {
  const [rows = 0, columns = 0] = shape;
  return Array.from({ length: rows }, (_, i) => [
    ...values.subarray(i * columns, (i + 1) * columns),
  ]);
}

/** Intersection over union of each class; null where a class is neither true nor predicted. */
function classIous(matrix: number[][]): (number | null)[] {
  return matrix.map((row, i) => {
    const isTrue = row.reduce((sum, count) => sum + count, 0);
    const said = matrix.reduce((sum, other) => sum + other[i]!, 0);
    const union = isTrue + said - row[i]!;
    return union === 0 ? null : row[i]! / union;
  });
}

/**
 * Intersection over union of the foreground: of all pixels above the threshold in label or output,
 * the fraction in both (Keras `BinaryIoU` of class 1). 0 when there is no such pixel. For outputs
 * of one unit, such as masks `[n, h, w, 1]`.
 */
export function iou({ name = 'iou', threshold = 0.5 } = {}): Metric {
  return {
    name,
    direction: 'up',
    measure: (labels, outputs) => countConfusion(labels, outputs, threshold),
    values: (collected) => [classIous(matrixRows(collected))[1] ?? 0],
  };
}

/** Mean intersection over union, over the classes that occur (Keras `MeanIoU`). */
export function meanIou({ name = 'mean_iou', threshold = 0.5 } = {}): Metric {
  return {
    name,
    direction: 'up',
    measure: (labels, outputs) => countConfusion(labels, outputs, threshold),
    values(collected) {
      const found = classIous(matrixRows(collected)).filter((value) => value !== null);
      return [found.length ? found.reduce<number>((sum, v) => sum + v!, 0) / found.length : 0];
    },
  };
}
