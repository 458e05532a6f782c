// Runs one network of networks.json in tfjs and answers one line of JSON a command on stdin.
// Called by scripts/bench.ts: `worker.ts <network> <stock|ours>`. Commands: `run`, `end`.

import * as readline from 'node:readline';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { foldBatchNorm, optimizers, useNativeOps } from '../../lib/ops';
import { engineInfo, setSeed, tf } from '../../lib/runtime';
import { allNetworks, build, type Network, tailOf } from './networks';

function answer(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function compile(model: LayersModel, network: Network, ours: boolean): void {
  const fineTune = network.task === 'fineTune';
  const optimizer = ours
    ? fineTune
      ? optimizers.rmsprop({ learningRate: 1e-4 })
      : optimizers.adam()
    : fineTune
      ? tf.train.rmsprop(1e-4)
      : tf.train.adam();
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
}

type Work = () => Promise<void>;

function predictWork(model: LayersModel, x: Tensor, batch: number, ours: boolean): Work {
  const folded = ours ? foldBatchNorm(model) : undefined;
  return async () => {
    const output = folded ? folded.predict(x) : (model.predict(x, { batchSize: batch }) as Tensor);
    await output.data();
    output.dispose();
  };
}

function fitWork(model: LayersModel, x: Tensor, y: Tensor, batchSize: number): Work {
  return async () => {
    await model.fit(x, y, { batchSize, epochs: 1, verbose: 0 });
  };
}

/** The frozen part folded, the rest trained on what comes out of it. */
function foldedFitWork(
  base: LayersModel,
  tail: LayersModel,
  x: Tensor,
  y: Tensor,
  until: string,
  batch: number,
): Work {
  const folded = foldBatchNorm(base, { until });
  return async () => {
    const [count] = x.shape as [number];
    for (let start = 0; start < count; start += batch) {
      const size = Math.min(batch, count - start);
      const part = (all: Tensor) => all.slice([start], [size]);
      const [rows, labels] = [part(x), part(y)];
      const features = folded.predict(rows);
      await tail.trainOnBatch(features, labels);
      tf.dispose([rows, labels, features]);
    }
  };
}

function workOf(network: Network, ours: boolean): Work {
  const { whole, frozen } = build(network);
  const x = tf.randomUniform([network.images, ...network.input]);
  const classes = tf.randomUniform([network.images], 0, 10, 'int32');
  const y = tf.cast(tf.oneHot(classes as never, 10), 'float32');
  classes.dispose();
  if (network.task === 'predict') return predictWork(whole, x, network.batch, ours);
  if (ours && frozen > 0) {
    const tail = tailOf(whole, frozen);
    compile(tail, network, ours);
    return foldedFitWork(whole, tail, x, y, whole.layers[frozen]!.name, network.batch);
  }
  compile(whole, network, ours);
  return fitWork(whole, x, y, network.batch);
}

async function main(): Promise<void> {
  const [name, variant] = process.argv.slice(2);
  const network = allNetworks[name!]!;
  const ours = variant === 'ours';
  useNativeOps(ours);
  setSeed(1);
  const work = workOf(network, ours);
  await work();
  const { tensorflow, tfjs } = engineInfo();
  answer({ versions: { tensorflow, tfjs } });
  const tensorsAtFirst = tf.memory().numTensors;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    if (line === 'end') break;
    const cpu = process.cpuUsage();
    const start = performance.now();
    await work();
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    answer({
      seconds,
      cpuSeconds: (user + system) / 1e6,
      images: network.images,
      bytes: process.memoryUsage.rss(),
    });
  }
  answer({
    peakBytes: process.resourceUsage().maxRSS * 1024,
    tensorsLeft: tf.memory().numTensors - tensorsAtFirst,
  });
  process.exit(0);
}

void main();
