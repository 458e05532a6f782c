import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import type { layers, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { Random, tf } from '../../lib/runtime';
import { assertClose } from './close';
import { checkGradients, checkLayer, normalValues } from './finite-differences';
import { withAndWithoutOneDnn } from './with-and-without-one-dnn';

interface Case {
  kind: 'conv1d' | 'conv2d' | 'depthwiseConv2d' | 'separableConv2d' | 'batchNormalization';
  options: Record<string, unknown>;
  shape: number[];
  x: number[];
  weights: number[][];
  weighting: number[];
  outputShape: number[];
  y: number[];
  slopes: number[][];
  moved: number[][];
}

const file = join(__dirname, 'fixtures', 'dilation-and-axis.json');
const cases = JSON.parse(readFileSync(file, 'utf8')) as Case[];

function checkAgainstKeras(one: Case): void {
  const make = tf.layers[one.kind] as (options: object) => layers.Layer;
  const layer = make(one.options);
  layer.apply(tf.input({ batchShape: [null, ...one.shape.slice(1)] }));
  tf.tidy(() =>
    layer.setWeights(layer.weights.map((w, i) => tf.tensor(one.weights[i]!, w.shape as number[]))),
  );
  const shape = layer.computeOutputShape([null, ...one.shape.slice(1)]) as number[];
  assert.deepEqual(shape.slice(1), one.outputShape.slice(1));
  const start = tf.tensor(one.x, one.shape);
  const x = tf.variable(start) as Variable;
  const weighting = tf.tensor(one.weighting, one.outputShape);
  const trained = layer.trainableWeights.map((weight) => weight.read() as Variable);
  let y: Tensor | undefined;
  const { value, grads } = tf.variableGrads(() => {
    const output = layer.call(x, { training: true }) as Tensor;
    y = tf.keep(tf.clone(output));
    return tf.sum(tf.mul(output, weighting));
  }, [x, ...trained]);
  assert.deepEqual(y!.shape, one.outputShape);
  assertClose(y!.dataSync(), one.y, 2e-5, 'outputs');
  for (const [i, variable] of [x, ...trained].entries()) {
    assertClose(grads[variable.name]!.dataSync(), one.slopes[i]!, 5e-5, `gradient ${i}`);
  }
  for (const [i, weight] of layer.getWeights().entries()) {
    assertClose(weight.dataSync(), one.moved[i]!, 2e-5, `weight ${i} afterwards`);
  }
  tf.dispose([start, x, weighting, y!, value, grads]);
  layer.dispose();
}

withAndWithoutOneDnn('as Keras', () => {
  for (const one of cases) {
    it(`${one.kind} ${JSON.stringify(one.options)} of [${one.shape}]`, () =>
      checkAgainstKeras(one));
  }
  for (const kind of ['conv2d', 'depthwiseConv2d', 'separableConv2d'] as const) {
    it(`${kind}, dilated, channels first, against differences`, () => {
      const options = { filters: 2, kernelSize: 3, dilationRate: 2, padding: 'same' as const };
      // tfjs has no separable convolution with channels first.
      const dataFormat = kind === 'separableConv2d' ? 'channelsLast' : 'channelsFirst';
      checkLayer(tf.layers[kind]({ ...options, dataFormat }), [2, 3, 7, 6]);
    });
  }
  it('tf.conv2d, dilated: gradients of gradients', () => {
    const [x, filter] = [
      [1, 6, 5, 2],
      [2, 2, 2, 2],
    ].map((shape) => {
      const size = shape.reduce((a, b) => a * b, 1);
      return tf.tidy(() => tf.variable(tf.tensor(normalValues(size, new Random(size)), shape)));
    });
    const penalty = () => {
      const f = (at: Tensor) => tf.conv2d(at as never, filter as never, 1, 'same', 'NHWC', 2);
      const slope = tf.grad((at: Tensor) => tf.sum(tf.square(f(at))))(x!);
      return tf.sum(tf.square(slope));
    };
    checkGradients(penalty, [x!, filter!] as Variable[], 1e-2);
    tf.dispose([x!, filter!]);
  });
  for (const kind of ['conv1d', 'conv2dTranspose', 'separableConv2d'] as const) {
    it(`${kind}: gradients of gradients`, () => {
      const layer = tf.layers[kind]({ filters: 2, kernelSize: 2, padding: 'same' });
      const shape = kind === 'conv1d' ? [2, 5, 2] : [1, 4, 3, 2];
      layer.apply(tf.input({ batchShape: [null, ...shape.slice(1)] }));
      const size = shape.reduce((a, b) => a * b, 1);
      const x = tf.tidy(() => tf.variable(tf.tensor(normalValues(size, new Random(3)), shape)));
      const weights = layer.trainableWeights.map((weight) => weight.read() as Variable);
      const penalty = () => {
        const f = (at: Tensor) => tf.sum(tf.square(layer.call(at, {}) as Tensor));
        return tf.sum(tf.square(tf.grad(f)(x)));
      };
      checkGradients(penalty, [x as Variable, ...weights], 1e-2);
      x.dispose();
      layer.dispose();
    });
  }
});
