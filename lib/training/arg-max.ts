/**
 * The index of the largest value of each row, such as the most probable type of each image.
 *
 * @param predictions `[rows, classes]`, as `predict` returns them
 */
export function argMax(predictions: {
  values: ArrayLike<number>;
  shape: readonly number[];
}): Int32Array {
  const { values, shape } = predictions;
  const classes = shape[shape.length - 1]!;
  return Int32Array.from({ length: values.length / classes }, (_, row) => {
    let best = 0;
    for (let i = 1; i < classes; i++) {
      if (values[row * classes + i]! > values[row * classes + best]!) best = i;
    }
    return best;
  });
}
