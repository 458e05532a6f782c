// Trains, evaluates and predicts on a folder that does not fit into memory, and says what it took.
import * as fs from 'node:fs';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import {
  examplesOf,
  imageFolderStream,
  rowRange,
  type StoredExamples,
  subset,
  toImageSet,
} from '../../../lib/data';
import { setSeed, tf } from '../../../lib/runtime';
import { evaluate, predict, train } from '../../../lib/training';

const [task, dir, size] = [process.argv[2]!, process.argv[3]!, Number(process.argv[4])];

function network(): LayersModel {
  const { layers } = tf;
  setSeed(1);
  return tf.sequential({
    layers: [
      layers.conv2d({ inputShape: [size, size, 3], filters: 8, kernelSize: 5, strides: 4 }),
      layers.batchNormalization(),
      layers.reLU(),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }),
      layers.globalAveragePooling2d({}),
      layers.dense({ units: 4, activation: 'softmax' }),
    ],
  });
}

/** The most memory that was resident, in MiB: that of the process, or of Linux's account of it. */
function mostResident(): number {
  try {
    const status = fs.readFileSync('/proc/self/status', 'utf8');
    const kib = /VmHWM:\s+(\d+) kB/.exec(status)?.[1];
    if (kib) return Number(kib) / 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS / 1024;
}

async function timed<T>(name: string, count: number, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  const seconds = (performance.now() - start) / 1000;
  const line = { what: name, seconds, rate: count / seconds, resident: mostResident() };
  console.log(JSON.stringify(line));
  return result;
}

async function whole(): Promise<void> {
  const open = (decodeFirst: boolean) => imageFolderStream(dir, { size, seed: 1, decodeFirst });
  const sets = await open(false);
  const total = sets.train.count + sets.validation.count + sets.test.count;
  await timed('decode', total, () => open(true));
  const again = await open(false);
  const model = network();
  const training = examplesOf(again.train);
  const options = { epochs: 1, seed: 1, verbose: 0 } as const;
  await timed('train', again.train.count, () => train(model, training, options));
  await timed('train again', again.train.count, () => train(model, training, options));
  const held = examplesOf(again.test);
  const logs = await timed('evaluate', again.train.count, () => evaluate(model, training));
  const predictions = await timed('predict', again.train.count, () => predict(model, training.x));
  const accuracy = (await evaluate(model, held))['accuracy'];
  console.log(JSON.stringify({ what: 'result', logs, shape: predictions.shape, accuracy }));
}

/** Epochs on some of the images in memory and on disk, taking turns. */
async function compare(count: number, turns: number): Promise<void> {
  const { train: all } = await imageFolderStream(dir, { size, seed: 1 });
  const some = subset(all, rowRange(0, count));
  const inMemory: StoredExamples = examplesOf(await toImageSet(some));
  const kinds = { memory: inMemory, disk: examplesOf(some) };
  for (let turn = 0; turn <= turns; turn++) {
    const order = Object.entries(kinds);
    for (const [kind, examples] of turn % 2 ? order : order.reverse()) {
      const model = network();
      const options = { epochs: 1, seed: 1, verbose: 0 } as const;
      const work = () => train(model, examples, options);
      // The first turn warms up.
      if (turn === 0) await work();
      else await timed(kind, count, work);
      model.dispose();
    }
  }
}

const done = task === 'whole' ? whole() : compare(Number(process.argv[5]), Number(process.argv[6]));
done.catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
