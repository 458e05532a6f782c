import * as fs from 'node:fs';
import * as path from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { writeNotebook } from '../../lib/jupyter/files/notebook';
import { saveModel, unet } from '../../lib/models';
import {
  type Finished,
  type Summary,
  summarize,
  summarizeNotebook,
} from '../../lib/run/summary/summary';
import { Random, setSeed, tf } from '../../lib/runtime';
import { goodArchive, labelsWith, writeDataSet } from '../data/folders';
import { npyFloats } from '../data/npz-bytes';
import { notebookOf } from '../run/notebooks';
import { temporaryFolder } from '../temporary-folder';

/** Side of the images. */
export const side = 32;

/** A data set of noise with a square each, the square's colour for the class; 24 of them for tests. */
export function writeSquares(folder: string, count = 216): string {
  const random = new Random(7);
  const images = new Float32Array(count * side * side * 3);
  const masks = new Float32Array(count * side * side);
  const types = 'Bug,Fighting,Fire,Flying,Grass,Ground,Normal,Poison,Rock,Water'.split(',');
  const labels: string[] = [];
  for (let n = 0; n < count; n++) {
    const type = n % types.length;
    const size = random.integer(6, 13);
    const [top, left] = [random.integer(0, side - size), random.integer(0, side - size)];
    for (let at = 0; at < side * side; at++) {
      const [y, x] = [Math.floor(at / side), at % side];
      const inside = y >= top && y < top + size && x >= left && x < left + size;
      masks[n * side * side + at] = inside ? 1 : 0;
      for (let c = 0; c < 3; c++) {
        const colour = ((type * 67 + c * 101) % 256) / 255;
        const value = inside ? colour : random.next() / 2 + y / side / 4;
        images[(n * side * side + at) * 3 + c] = Math.round(value * 255) / 255;
      }
    }
    const second = n % 4 === 3 ? (type + 1) % types.length : -1;
    labels.push(
      `Square ${n},${types[type]},${types[second] ?? ''},${type},${second < 0 ? '' : second}`,
    );
  }
  return writeDataSet(folder, {
    npz: goodArchive(
      npyFloats([count, side, side, 3], images),
      npyFloats([count, side, side, 1], masks),
    ),
    labels: labelsWith(...labels),
    types: `${types.join('\n')}\n`,
  });
}

const block = (filters: number, input: object = {}) => [
  tf.layers.conv2d({ filters, kernelSize: 3, padding: 'same', useBias: false, ...input }),
  tf.layers.batchNormalization({}),
  tf.layers.reLU({}),
  tf.layers.maxPooling2d({ poolSize: 2 }),
];

/** Networks like those of the notebooks, small, with weights from a seed. */
export const networks: Record<string, () => LayersModel> = {
  single: () =>
    tf.sequential({
      layers: [
        ...block(6, { inputShape: [side, side, 3] }),
        ...block(8),
        tf.layers.flatten({}),
        tf.layers.dense({ units: 12, activation: 'relu' }),
        tf.layers.dense({ units: 10, activation: 'softmax' }),
      ],
    }),
  multi: () =>
    tf.sequential({
      layers: [
        tf.layers.conv2d({
          filters: 6,
          kernelSize: 3,
          activation: 'relu',
          inputShape: [side, side, 3],
        }),
        tf.layers.maxPooling2d({ poolSize: 2 }),
        tf.layers.conv2d({ filters: 8, kernelSize: 3, activation: 'relu' }),
        tf.layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }),
        tf.layers.dense({ units: 10, activation: 'sigmoid' }),
      ],
    }),
  mask: () => unet({ inputShape: [side, side, 3], filters: [4, 6, 8] }),
  // Images are resized for it, and lie between -1 and 1; the layer of the maps is in a nested network.
  transfer: () => {
    const base = tf.sequential({
      name: 'mobilenet_small',
      layers: [
        tf.layers.conv2d({
          filters: 6,
          kernelSize: 3,
          strides: 2,
          padding: 'same',
          inputShape: [48, 48, 3],
        }),
        tf.layers.batchNormalization({}),
        tf.layers.reLU({ maxValue: 6 }),
        tf.layers.depthwiseConv2d({
          kernelSize: 3,
          padding: 'same',
          depthwiseInitializer: 'heNormal',
        }),
        tf.layers.reLU({ maxValue: 6 }),
        tf.layers.conv2d({ filters: 8, kernelSize: 1, kernelInitializer: 'heNormal' }),
        tf.layers.reLU({ maxValue: 6 }),
      ],
    });
    const input = tf.input({ shape: [48, 48, 3] });
    const parts = [
      base,
      tf.layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }),
      tf.layers.dense({ units: 10, activation: 'softmax' }),
    ];
    const output = parts.reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, input);
    return tf.model({ inputs: input, outputs: output });
  },
};

/** A report of one notebook that saved networks, one that failed and one that saves none. */
export interface LiveSite {
  out: string;
  cache: string;
  data: string;
  summary: Summary;
}

/**
 * Saves networks and writes the notebooks of a report; `GRADBOOK_MODELS` and `GRADBOOK_DATA` name its folders
 * from now on.
 *
 * @param names networks that are saved, of `networks`; another name gets the weights of `single`
 */
export async function liveSite(names: readonly string[]): Promise<LiveSite> {
  const folder = temporaryFolder('gradbook-live');
  const [out, cache, data] = ['out', 'cache', 'data'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const one of [out, cache, data]) fs.mkdirSync(one);
  process.env['GRADBOOK_MODELS'] = path.join(folder, 'models');
  process.env['GRADBOOK_DATA'] = writeSquares(data);
  for (const name of names) {
    setSeed(3);
    const model = (networks[name] ?? networks['single'])!();
    shake(model);
    await saveModel(name, model, { seed: 3 });
    model.dispose();
  }
  const saves = names.map((name) => `await saveModel('${name}', model);`);
  writeNotebook(path.join(out, 'nets.ipynb'), notebookOf(saves));
  writeNotebook(path.join(out, 'bad.ipynb'), notebookOf(["await saveModel('broken', model);"]));
  writeNotebook(path.join(out, 'none.ipynb'), notebookOf(['1 + 1']));
  const entries = [
    entry('nets', 'passed'),
    entry('bad', 'failed'),
    entry('none', 'passed'),
  ] as const;
  const facts = { profile: 'quick', engine: 'tensorflow-cpu-2.21.0', missing: [] };
  const summary = summarize([...entries], { startedAt: '2026-01-02T03:04:05.678Z', ...facts });
  return { out, cache, data, summary };
}

function entry(name: string, status: string) {
  const run = {
    ...{ name, status, startedAt: '2026-01-02T03:04:05.678Z', seconds: 1, parameters: {} },
    ...{ cells: [], results: [], bounds: [], peakMemory: 1e8, tensors: 0, failure: null },
  };
  const about = { title: name, cached: false, reason: '', html: null };
  return summarizeNotebook([{ ...about, run, notebook: `${name}.ipynb` } as unknown as Finished]);
}

/** Gives batch norms and biases values as training would: at the start they change nothing. */
function shake(model: LayersModel): void {
  const random = new Random(11);
  tf.tidy(() =>
    model.setWeights(
      model.getWeights().map((weight, i) => {
        if (weight.rank !== 1) return weight;
        const positive = /gamma|variance/.test(model.weights[i]!.name);
        const value = () => (positive ? 0.5 + random.next() : random.normal() / 10);
        return tf.tensor1d(Array.from({ length: weight.size }, value));
      }),
    ),
  );
}
