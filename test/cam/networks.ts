import * as fs from 'node:fs';
import * as path from 'node:path';
import type { LayersModel, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../lib/runtime';

interface Weights {
  kernel: number[];
  bias: number[];
}

export interface Fixture {
  size: number;
  classes: number[];
  conv1: Weights;
  conv2: Weights;
  dense: Weights;
  images: number[];
  logits: number[];
  maps: Record<string, number[]>;
  road: { known: number[]; imputed: number[] };
}

/** The reference network's weights, images and maps; made by `fixtures/make_cam.py`. */
export const fixture: Fixture = JSON.parse(
  fs.readFileSync(path.join(__dirname, 'fixtures', 'cam.json'), 'utf8'),
);

export function fixtureImages(): Tensor4D {
  return tf.tensor4d(fixture.images, [3, fixture.size, fixture.size, 3]);
}

/** The reference network: as a sequential model, as a functional one, or with its base nested in a model. */
export function fixtureModel(kind: 'sequential' | 'functional' | 'nested'): LayersModel {
  const size = fixture.size;
  const conv = (name: string, filters: number) =>
    tf.layers.conv2d({ name, filters, kernelSize: 3, padding: 'same' });
  const relu = (name: string) => tf.layers.reLU({ name });
  const input = tf.input({ shape: [size, size, 3] });
  const base = () => [
    conv('conv1', 6),
    relu('relu1'),
    tf.layers.maxPooling2d({ poolSize: 2, name: 'pool' }),
    conv('conv2', 8),
    relu('relu2'),
  ];
  const top = () => [
    tf.layers.globalAveragePooling2d({ name: 'average' }),
    tf.layers.dense({ units: 5, activation: 'softmax', name: 'dense' }),
  ];
  const chain = (layers: ReturnType<typeof conv>[], from: unknown) =>
    layers.reduce((x, layer) => layer.apply(x as never) as never, from);
  let model: LayersModel;
  if (kind === 'sequential') {
    model = tf.sequential();
    const [first, ...rest] = [...base(), ...top()];
    (model as ReturnType<typeof tf.sequential>).add(
      tf.layers.inputLayer({ inputShape: [size, size, 3] }),
    );
    for (const layer of [first!, ...rest]) (model as ReturnType<typeof tf.sequential>).add(layer);
  } else if (kind === 'functional') {
    model = tf.model({
      inputs: input,
      outputs: chain([...base(), ...top()] as never, input) as never,
    });
  } else {
    const inner = tf.model({
      inputs: input,
      outputs: chain(base() as never, input) as never,
      name: 'base',
    });
    const outer = tf.input({ shape: [size, size, 3] });
    model = tf.model({ inputs: outer, outputs: chain([inner, ...top()] as never, outer) as never });
  }
  tf.tidy(() => {
    model.setWeights([
      tf.tensor4d(fixture.conv1.kernel, [3, 3, 3, 6]),
      tf.tensor1d(fixture.conv1.bias),
      tf.tensor4d(fixture.conv2.kernel, [3, 3, 6, 8]),
      tf.tensor1d(fixture.conv2.bias),
      tf.tensor2d(fixture.dense.kernel, [8, 5]),
      tf.tensor1d(fixture.dense.bias),
    ]);
  });
  return model;
}

/** The largest absolute difference of two lists of the same length. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} values and ${b.length}`);
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    // Math.max would ignore a NaN.
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}
