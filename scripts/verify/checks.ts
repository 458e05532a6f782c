import { execFileSync } from 'node:child_process';
import * as os from 'node:os';
import type { Scalar, Tensor, Tensor4D, Variable } from '@tensorflow/tfjs-node-gpu';
import { examplesOf, type ImageSet, loadPokemon, rowRange, subset } from '../../lib/data';
import { cnn, mobileNetRows, splitAtFreeze, submodel, transferModel } from '../../lib/models';
import { bfloat16Gain, resolvePrecision, softmaxCrossEntropy } from '../../lib/ops';
import {
  engineInfo,
  inWorkspace,
  needsDeterministicOps,
  nodeBackend,
  Random,
  setSeed,
  tf,
} from '../../lib/runtime';
import {
  computeFeatures,
  evaluate,
  LearningRateScheduler,
  schedules,
  type TrainOptions,
  train,
} from '../../lib/training';
import { allNetworks, build } from '../bench/networks';
import { stripes, trainedHash, trainedModel } from './trained';

export interface Check {
  ok: boolean;
  /** The result, in a few words. */
  value: string;
  /** The result as numbers. */
  numbers?: Record<string, number>;
}

/** The device of TensorFlow. */
export function machine() {
  const [cpu] = os.cpus();
  return { ...engineInfo(), cpu: cpu?.model.trim() ?? 'unknown', memoryOfMachine: os.totalmem() };
}

function normal(count: number, seed: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: count }, () => random.normal());
}

/** Largest error of a float32 matrix product, relative to the largest sum, against sums in float64. */
function productError(size = 256): number {
  const [a, b] = [normal(size * size, 1), normal(size * size, 2)];
  const product = tf.tidy(() => {
    return tf.matMul(tf.tensor2d(a, [size, size]), tf.tensor2d(b, [size, size])).dataSync();
  });
  let error = 0;
  let largest = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += a[i * size + k]! * b[k * size + j]!;
      error = Math.max(error, Math.abs(sum - product[i * size + j]!));
      largest = Math.max(largest, Math.abs(sum));
    }
  }
  return error / largest;
}

/** Largest relative error of a convolution against a product of patches. */
function convolutionError(): number {
  return tf.tidy(() => {
    const x = tf.tensor4d(normal(2 * 8 * 8 * 32, 3), [2, 8, 8, 32]);
    const filter = normal(32 * 4, 4);
    // A 1×1 filter: each output is a sum that can be checked in float64.
    const y = tf.conv2d(x as Tensor4D, tf.tensor4d(filter, [1, 1, 32, 4]), 1, 'same').dataSync();
    const values = x.dataSync();
    let error = 0;
    for (let place = 0; place < 128; place++) {
      for (let channel = 0; channel < 4; channel++) {
        let sum = 0;
        for (let k = 0; k < 32; k++) sum += values[place * 32 + k]! * filter[k * 4 + channel]!;
        error = Math.max(error, Math.abs(sum - y[place * 4 + channel]!) / 32);
      }
    }
    return error;
  });
}

/** Gradients of a CNN by every weight here and on tfjs's plain backend: the largest relative difference. */
async function gradientError(): Promise<number> {
  const { x, y } = stripes(8);
  const compute = () => {
    setSeed(4);
    const model = cnn({
      inputShape: [32, 32, 3],
      classes: 4,
      filters: [4],
      units: [8],
      dropout: 0,
    });
    const gradients = tf.tidy(() => {
      const images = tf.tensor(
        Float32Array.from(x.values, (v) => v / 255),
        [...x.shape],
      );
      const labels = tf.tensor(Float32Array.from(y.values), [...y.shape]);
      const variables = (model.trainableWeights as unknown as { val: Variable }[]).map(
        (w) => w.val,
      );
      const loss = () => {
        const outputs = model.apply(images, { training: true }) as Tensor;
        return tf.mean(softmaxCrossEntropy(labels, tf.log(outputs))) as Scalar;
      };
      const { grads } = tf.variableGrads(loss, variables);
      return variables.map(({ name }) => grads[name]!.dataSync() as Float32Array);
    });
    model.dispose();
    return gradients;
  };
  const here = compute();
  await tf.setBackend('cpu');
  const plain = compute();
  await tf.setBackend('tensorflow');
  const scale = Math.max(...plain.map((values) => Math.max(...values.map(Math.abs))));
  return Math.max(
    ...here.map(
      (values, i) => Math.max(...values.map((v, j) => Math.abs(v - plain[i]![j]!))) / scale,
    ),
  );
}

/** Images per second in training one of the benchmark's networks; the first epoch is not counted. */
async function imagesPerSecond(name: string, options: Partial<TrainOptions>, short: boolean) {
  setSeed(1);
  const network = allNetworks[name]!;
  const { whole: model } = build(network);
  // An epoch of several seconds, so that its end is negligible.
  const longer = engineInfo().device === 'GPU' ? 32 : 1;
  const count = short ? 64 : network.images * longer;
  const labels = new Float32Array(count * 10);
  for (let i = 0; i < count; i++) labels[i * 10 + (i % 10)] = 1;
  const size = network.input.reduce((product, side) => product * side, 1);
  const examples = {
    x: {
      shape: [count, ...network.input],
      values: new Uint8Array(count * size).fill(90),
      scale: 1 / 255,
    },
    y: { shape: [count, 10], values: labels },
  };
  const epochs = short ? 9 : 4;
  const { seconds } = await train(model, examples, { epochs, verbose: 0, seed: 1, ...options });
  model.dispose();
  // Until then the step is recorded and made a function.
  const counted = seconds.slice(Math.ceil(seconds.length / 2));
  return (count * counted.length) / counted.reduce((sum, value) => sum + value, 0);
}

async function speed(name: string, short: boolean): Promise<Check> {
  const eager = await imagesPerSecond(name, { runEagerly: true }, short);
  const compiled = await imagesPerSecond(name, {}, short);
  const { whole } = build(allNetworks[name]!);
  const precision = resolvePrecision('auto', whole);
  whole.dispose();
  const fastest =
    precision === 'float32' ? compiled : await imagesPerSecond(name, { precision }, short);
  const value = `${compiled.toFixed(0)} images/s; op by op ${eager.toFixed(0)}; ${precision} ${fastest.toFixed(0)}`;
  return { ok: true, value, numbers: { eager, compiled, fastest } };
}

const atMost = (value: number, limit: number): Check => ({
  ok: value <= limit,
  value: `${value.toExponential(1)}, at most ${limit.toExponential(0)}`,
  numbers: { value, limit },
});

/** Runs all checks. `short`: in seconds. */
export const checks: Record<string, (short: boolean) => Check | Promise<Check>> = {
  'float32 matrix product, relative error': () => atMost(productError(), 2e-6),
  'float32 convolution, relative error': () => atMost(convolutionError(), 2e-6),
  'no TF32 in float32': () => {
    const allowed = nodeBackend().binding.isTf32Allowed();
    return { ok: !allowed, value: allowed ? 'TF32 is allowed' : 'not allowed' };
  },
  'deterministic kernels': () => {
    const required = needsDeterministicOps();
    const card = engineInfo().device === 'GPU';
    return {
      ok: required === card,
      value: required ? 'required' : card ? 'not required' : 'all are, on a CPU',
    };
  },
  'bfloat16, times as fast as float32': () => {
    const gain = bfloat16Gain();
    const value = gain === 0 ? 'does not work here' : gain.toFixed(1);
    return { ok: true, value: `${value}; auto is ${resolvePrecision('auto')}`, numbers: { gain } };
  },
  'gradients against the plain backend': async () => atMost(await gradientError(), 1e-4),
  'the same weights twice in one process': async () => {
    const first = await trainedHash();
    const same = (await trainedHash()) === first;
    return { ok: same, value: same ? 'bit for bit' : 'others' };
  },
  'the same weights in another process': async () => {
    const script = inWorkspace('scripts', 'verify-gpu.ts');
    const args = ['--import', 'tsx', script, '--trained-hash'];
    const other = execFileSync(process.execPath, args, { encoding: 'utf8' })
      .trim()
      .split('\n')
      .at(-1);
    const same = (await trainedHash()) === other;
    return { ok: same, value: same ? 'bit for bit' : 'others' };
  },
  'the step as a function and op by op': async () => {
    const [one, other] = [await trainedModel(), await trainedModel({ runEagerly: true })];
    const error = tf.tidy(() => {
      const differences = one.weights.map((weight, i) => {
        return tf.max(tf.abs(tf.sub(weight.read(), other.weights[i]!.read()))).dataSync()[0]!;
      });
      return Math.max(...differences);
    });
    one.dispose();
    other.dispose();
    return atMost(error, 1e-4);
  },
  'CNN on the data set, test accuracy': async (short) => {
    const { train: images, test } = await loadPokemon({ seed: 1, examples: short ? 400 : 2000 });
    setSeed(1);
    const model = cnn({ dropout: 0.1, momentum: 0.9 });
    const epochs = short ? 4 : 8;
    const schedule = schedules.oneCycle({ maxLearningRate: 1e-2, epochs });
    const callbacks = [new LearningRateScheduler({ schedule, per: 'batch' })];
    await train(model, examplesOf(images, 'single'), { epochs, verbose: 0, seed: 1, callbacks });
    const { accuracy = 0 } = await evaluate(model, examplesOf(test, 'single'));
    model.dispose();
    const least = short ? 0.15 : 0.5;
    const value = `${accuracy.toFixed(3)}, at least ${least}`;
    return { ok: accuracy >= least, value, numbers: { accuracy, least } };
  },
  'head on a frozen MobileNet, test accuracy': async (short) => {
    const [count, tested] = short ? [200, 100] : [500, 250];
    const sets = await loadPokemon({ seed: 1, examples: 2000 });
    const images = subset(sets.train, rowRange(0, count));
    const test = subset(sets.test, rowRange(0, tested));
    setSeed(1);
    const model = await transferModel({ dropout: 0.1 });
    const pool = submodel(model, { upTo: 'global_average_pooling2d' });
    const features = (set: ImageSet) =>
      computeFeatures(pool, mobileNetRows(set), { cache: false, label: `features of ${set.name}` });
    const [x, tests] = [await features(images), await features(test)];
    const head = splitAtFreeze(model).trained;
    const y = examplesOf(images, 'single').y;
    await train(head, { x: x.rows, y }, { epochs: 15, optimizer: 'adam', verbose: 0, seed: 1 });
    const examples = { x: tests.rows, y: examplesOf(test, 'single').y };
    const { accuracy = 0 } = await evaluate(head, examples);
    model.dispose();
    const least = short ? 0.25 : 0.4;
    const value = `${accuracy.toFixed(3)}, at least ${least}; ${x.rate.toFixed(0)} images/s of features`;
    return { ok: accuracy >= least, value, numbers: { accuracy, least, rate: x.rate } };
  },
  'speed of the MLP': (short) => speed('mlp', short),
  'speed of the CNN': (short) => speed('cnn', short),
  'speed of the large CNN': (short) =>
    short ? { ok: true, value: 'not measured with --short' } : speed('largeCnn', short),
};
