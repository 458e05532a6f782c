import type { GradConfig, NamedAttrMap, Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { hasNativeOps, nativeOp, type OpAttribute, tf } from '../runtime';

// What tfjs has no gradient of: conditions, such as those of a masking layer, and the gradients of
// poolings, resizings, ELU and three-dimensional convolutions, which gradient penalties need.

type Gradients = Record<string, () => Tensor>;

interface Windows {
  filterSize: number | number[];
  strides: number | number[];
  pad: 'same' | 'valid';
}

function run(name: string, inputs: Record<string, Tensor>, attributes: object): Tensor {
  return tf.engine().runKernel(name, inputs, attributes as NamedAttrMap) as Tensor;
}

function attributesOf(attributes: NamedAttrMap): Record<string, unknown> {
  return { ...(attributes as unknown as Record<string, unknown>) };
}

/** A condition does not change a little. */
function flat(kernelName: string, inputs: string[]): GradConfig {
  return {
    kernelName,
    inputsToSave: inputs,
    gradFunc: (_dy, saved) =>
      Object.fromEntries(
        inputs.map((input, i) => [input, () => tf.zeros(saved[i]!.shape)]),
      ) as Gradients,
  };
}

function windows({ filterSize, strides, pad }: Windows, dimensions: number) {
  const each = (value: number | number[]) =>
    Array.isArray(value) ? value : new Array<number>(dimensions).fill(value);
  return {
    ksize: { int: [1, ...each(filterSize), 1] },
    strides: { int: [1, ...each(strides), 1] },
    padding: { string: pad === 'same' ? 'SAME' : 'VALID' },
    T: { dtype: 'float32' },
  } satisfies Record<string, OpAttribute>;
}

/** The average of the slopes: averaging is linear. */
function ofAverage(dimensions: 2 | 3): GradConfig {
  const forward = dimensions === 2 ? 'AvgPool' : 'AvgPool3D';
  return {
    kernelName: `${forward}Grad`,
    inputsToSave: ['input'],
    gradFunc: (slope, [input], attributes) => ({
      dy: () => run(forward, { x: slope as Tensor }, attributesOf(attributes)),
      input: () => tf.zerosLike(input!),
    }),
  };
}

/** The slopes at the places of the maxima. */
function ofMaximum(dimensions: 2 | 3): GradConfig {
  const forward = dimensions === 2 ? 'MaxPool' : 'MaxPool3D';
  return {
    kernelName: `${forward}Grad`,
    inputsToSave: ['dy', 'input', 'output'],
    gradFunc: (slope, saved, attributes) => {
      const [dy, input, output] = saved as [Tensor, Tensor, Tensor];
      const described = windows(attributes as unknown as Windows, dimensions);
      return {
        dy: () => {
          const pick = tf.customGrad((values) => ({
            value: nativeOp(`${forward}GradGrad`, [input, output, values as Tensor], described)[0]!,
            gradFunc: (again: Tensor) =>
              run(`${forward}Grad`, { dy: again, input, output }, attributesOf(attributes)),
          }));
          return hasNativeOps() ? pick(slope as Tensor) : unknown(`${forward}GradGrad`, dy);
        },
        input: () => tf.zerosLike(input),
        output: () => tf.zerosLike(output),
      };
    },
  };
}

function unknown(name: string, { shape }: Tensor): never {
  throw new Error(`no ${name} of [${shape}] on the backend ${tf.getBackend()}`);
}

/** The slopes, resized: resizing is linear. */
function ofResizing(forward: 'ResizeNearestNeighbor' | 'ResizeBilinear'): GradConfig {
  return {
    kernelName: `${forward}Grad`,
    inputsToSave: ['dy', 'images'],
    gradFunc: (slope, [dy, images], attributes) => {
      const size = (dy as Tensor4D).shape.slice(1, 3);
      return {
        dy: () => run(forward, { images: slope as Tensor }, { ...attributesOf(attributes), size }),
        images: () => tf.zerosLike(images!),
      };
    },
  };
}

/** `dy (y > 0 ? 1 : y + 1)`, where y is what ELU gave. */
const ofElu: GradConfig = {
  kernelName: 'EluGrad',
  inputsToSave: ['dy', 'y'],
  gradFunc: (given, saved) => {
    const slope = given as Tensor;
    const [dy, y] = saved as [Tensor, Tensor];
    const below = () => tf.cast(tf.lessEqual(y, 0), 'float32');
    return {
      dy: () => tf.mul(slope, tf.add(1, tf.mul(below(), y))),
      y: () => tf.mul(tf.mul(slope, dy), below()),
    };
  },
};

interface Convolution3D {
  strides: number | number[];
  pad: 'same' | 'valid';
}

function forward3d(x: Tensor, filter: Tensor, { strides, pad }: Convolution3D): Tensor {
  const rest = { strides, pad, dataFormat: 'NDHWC', dilations: [1, 1, 1] };
  return run('Conv3D', { x, filter }, rest);
}

/** Linear in both, as the convolution itself. */
const of3dInput: GradConfig = {
  kernelName: 'Conv3DBackpropInputV2',
  inputsToSave: ['dy', 'filter'],
  gradFunc: (given, saved, attributes) => {
    const slope = given as Tensor;
    const [dy, filter] = saved as [Tensor, Tensor];
    const { strides, pad } = attributes as unknown as Convolution3D;
    return {
      dy: () => forward3d(slope, filter, { strides, pad }),
      filter: () => {
        const rest = { strides, pad, filterShape: filter.shape };
        return run('Conv3DBackpropFilterV2', { x: slope, dy }, rest);
      },
    };
  },
};

const of3dFilter: GradConfig = {
  kernelName: 'Conv3DBackpropFilterV2',
  inputsToSave: ['x', 'dy'],
  gradFunc: (given, saved, attributes) => {
    const slope = given as Tensor;
    const [x, dy] = saved as [Tensor, Tensor];
    const { strides, pad } = attributes as unknown as Convolution3D;
    return {
      x: () => {
        const rest = { strides, pad, inputShape: x.shape };
        return run('Conv3DBackpropInputV2', { dy, filter: slope }, rest);
      },
      dy: () => forward3d(x, slope, { strides, pad }),
    };
  },
};

const both = ['a', 'b'];

/** Adds gradients where tfjs has none; what it has stays. */
export function addMissingGradients(): void {
  const missing: GradConfig[] = [
    flat('Any', ['x']),
    flat('All', ['x']),
    ...['Equal', 'NotEqual', 'Greater', 'Less', 'LessEqual'].map((name) => flat(name, both)),
    ...['LogicalAnd', 'LogicalOr'].map((name) => flat(name, both)),
    flat('LogicalNot', ['x']),
    ofAverage(2),
    ofAverage(3),
    ofMaximum(2),
    ofMaximum(3),
    ofResizing('ResizeNearestNeighbor'),
    ofResizing('ResizeBilinear'),
    ofElu,
    of3dInput,
    of3dFilter,
  ];
  for (const config of missing) {
    if (!tf.getGradient(config.kernelName)) tf.registerGradient(config);
  }
}
