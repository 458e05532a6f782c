import type { LayersModel, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { explain } from '../../lib/cam';
import type { Examples, NdArray } from '../../lib/data';
import { submodel } from '../../lib/models';
import {
  type FoldedNetwork,
  foldBatchNorm,
  optimizers,
  type Precision,
  setPrecision,
} from '../../lib/ops';
import { Random, tf } from '../../lib/runtime';
import { Callback, computeFeatures, train } from '../../lib/training';
import { stopwatch, type Taken, timed, type Work } from './measure';
import { build, type Network, tailOf } from './networks';

/** A network's work as a user of this workspace writes it, on images of bytes in memory. */
export function oursWork(network: Network, precision: Precision): Work {
  setPrecision(precision);
  const { whole, frozen } = build(network);
  const { batch, task } = network;
  const { x, y } = examples(network);
  const options = { batchSize: batch, cache: false };
  if (task === 'predict') return () => timed(() => computeFeatures(whole, x, options));
  if (task === 'latency') {
    const folded = foldBatchNorm(whole);
    return () => timed(() => oneByOne(folded, x));
  }
  if (task === 'explain') return explaining(whole, x, batch);
  if (frozen === 0) return () => epoch(whole, { x, y }, network);
  // The frozen part runs once over the images, the rest is trained on its outputs.
  const base = submodel(whole, { upTo: whole.layers[frozen]!.name });
  const tail = tailOf(whole, frozen);
  return async () => {
    const taken = stopwatch();
    const features = await computeFeatures(base, x, options);
    const first = taken();
    const second = await epoch(tail, { x: features.rows, y }, network);
    return {
      seconds: first.seconds + second.seconds,
      cpuSeconds: first.cpuSeconds + second.cpuSeconds,
    };
  };
}

function examples({ input, imageSize, images, task }: Network): Examples {
  const random = new Random(1);
  const side = imageSize ?? input[0]!;
  const shape = [images, side, side, input[2]!];
  const values = new Uint8Array(shape.reduce((product, length) => product * length, 1));
  for (let i = 0; i < values.length; i++) values[i] = random.integer(0, 255);
  const segment = task === 'segment';
  const labels = segment ? [images, side, side, 1] : [images, 10];
  const y = new Float32Array(labels.reduce((product, length) => product * length, 1));
  if (segment) for (let i = 0; i < y.length; i++) y[i] = random.integer(0, 1);
  else for (let i = 0; i < images; i++) y[i * 10 + random.integer(0, 9)] = 1;
  return { x: { shape, values, scale: 1 / 255 }, y: { shape: labels, values: y } };
}

/** Starts measuring when the step has become a function. */
class LastEpoch extends Callback {
  taken: Taken = { seconds: 0, cpuSeconds: 0 };
  private end: (() => Taken) | undefined;

  constructor(private readonly counted: number) {
    super();
  }

  override onEpochBegin(epoch: number): void {
    if (epoch === this.counted) this.end = stopwatch();
  }

  override onEpochEnd(epoch: number): void {
    if (epoch === this.counted) this.taken = this.end!();
  }
}

/**
 * One epoch of training. Those before it, of at least eight steps in all, make the step a function;
 * the first steps of a training are not measured, and neither is Keras's first call.
 */
async function epoch(model: LayersModel, { x, y }: Examples, network: Network): Promise<Taken> {
  const steps = Math.ceil(network.images / network.batch);
  const before = Math.ceil(8 / steps);
  const last = new LastEpoch(before);
  const fineTune = network.task === 'fineTune';
  const optimizer = fineTune ? optimizers.rmsprop({ learningRate: 1e-4 }) : optimizers.adam();
  const loss = network.task === 'segment' ? 'binaryCrossentropy' : 'categoricalCrossentropy';
  const epochs = before + Math.max(1, Math.ceil((16 - before * steps) / steps));
  await train(
    model,
    { x, y },
    {
      optimizer,
      loss,
      metrics: [network.task === 'segment' ? 'binary_accuracy' : 'accuracy'],
      batchSize: network.batch,
      epochs,
      callbacks: [last],
      seed: 1,
      verbose: 0,
    },
  );
  optimizer.dispose();
  return last.taken;
}

function explaining(model: LayersModel, x: NdArray, batchSize: number): Work {
  const floats = Float32Array.from(x.values, (value) => value / 255);
  const images = tf.tensor4d(floats, x.shape as never) as Tensor4D;
  const targets = new Array<number>(x.shape[0]!).fill(0);
  return () => timed(async () => void explain(model, images, { batchSize, targets }));
}

async function oneByOne(folded: FoldedNetwork, x: NdArray): Promise<void> {
  const size = x.values.length / x.shape[0]!;
  for (let i = 0; i < x.shape[0]!; i++) {
    const values = Float32Array.from(x.values.subarray(i * size, (i + 1) * size), (v) => v / 255);
    const output = tf.tidy(() => folded.predict(tf.tensor(values, [1, ...x.shape.slice(1)])));
    await output.data();
    output.dispose();
  }
}
