import type { LayersModel, Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { explain } from '../../lib/cam';
import { tf } from '../../lib/runtime';
import { timed, type Work } from './measure';
import { build, type Network } from './networks';

/** A network's work in tfjs as a user of tfjs writes it: `fit` and `predict` on tensors. */
export function stockWork(network: Network): Work {
  const { whole } = build(network);
  const { images: count, batch, task } = network;
  const side = network.imageSize ?? network.input[0]!;
  const x = tf.randomUniform([count, side, side, network.input[2]!]) as Tensor4D;
  if (task === 'predict') return () => timed(() => predictAll(whole, x, network));
  if (task === 'latency') return () => timed(() => oneByOne(whole, x));
  if (task === 'explain') {
    const options = { batchSize: batch, targets: new Array<number>(count).fill(0) };
    return () => timed(async () => void explain(whole, x, options));
  }
  const optimizer = task === 'fineTune' ? tf.train.rmsprop(1e-4) : tf.train.adam();
  const loss = task === 'segment' ? 'binaryCrossentropy' : 'categoricalCrossentropy';
  whole.compile({ optimizer, loss, metrics: ['accuracy'] });
  const inputs = resized(x, network);
  const y = tf.tidy(() =>
    task === 'segment'
      ? tf.round(tf.randomUniform([count, side, side, 1]))
      : tf.cast(tf.oneHot(tf.randomUniform([count], 0, 10, 'int32') as never, 10), 'float32'),
  );
  return () =>
    timed(() => whole.fit(inputs, y, { batchSize: batch, epochs: 1, verbose: 0, shuffle: true }));
}

function resized(x: Tensor4D, { input }: Network): Tensor4D {
  const size: [number, number] = [input[0]!, input[1]!];
  return x.shape[1] === size[0] ? x : tf.image.resizeBilinear(x, size, false, true);
}

async function predictAll(model: LayersModel, x: Tensor4D, network: Network): Promise<void> {
  for (let start = 0; start < network.images; start += network.batch) {
    const output = tf.tidy(() => {
      const size = Math.min(network.batch, network.images - start);
      const part = x.slice([start, 0, 0, 0], [size, -1, -1, -1]);
      return model.predict(resized(part, network)) as Tensor;
    });
    await output.data();
    output.dispose();
  }
}

async function oneByOne(model: LayersModel, x: Tensor4D): Promise<void> {
  for (let i = 0; i < x.shape[0]; i++) {
    const output = tf.tidy(() => model.predict(x.slice([i, 0, 0, 0], [1, -1, -1, -1])) as Tensor);
    await output.data();
    output.dispose();
  }
}
