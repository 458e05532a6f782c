import type { Weight } from '../graph';

/** The weight with its axes in another order. */
export function transposed({ shape, values }: Weight, order: readonly number[]): Weight {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((n, size) => n * size, 1));
  const newShape = order.map((axis) => shape[axis]!);
  const newStrides = order.map((axis) => strides[axis]!);
  const result = new Float32Array(values.length);
  const index = newShape.map(() => 0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = values[from]!;
    for (let axis = index.length - 1; axis >= 0; axis--) {
      from += newStrides[axis]!;
      if (++index[axis]! < newShape[axis]!) break;
      from -= newStrides[axis]! * newShape[axis]!;
      index[axis] = 0;
    }
  }
  return { shape: newShape, values: result };
}

/** A filter as ONNX takes it: out, in, height, width; of a depthwise one each channel by itself. */
export function onnxFilter(kind: 'conv' | 'depthwise' | 'convTranspose', filter: Weight): Weight {
  const [height, width, inputs, outputs] = filter.shape as [number, number, number, number];
  // tfjs keeps transposed filters as height, width, out, in; ONNX needs in, out, height, width.
  if (kind !== 'depthwise') return transposed(filter, [3, 2, 0, 1]);
  const { values } = transposed(filter, [2, 3, 0, 1]);
  return { shape: [inputs * outputs, 1, height, width], values };
}

/** The padding of `SAME` before and after an axis, as in TensorFlow. */
export function samePadding(
  size: number,
  window: number,
  stride: number,
  dilation = 1,
): [before: number, after: number] {
  const reach = (window - 1) * dilation + 1;
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}
