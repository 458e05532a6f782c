// Exports networks in every format, for `measure.py` to load and compare. `npm run measure:exchange`
// calls it with `trained`; the sums in fixtures/exported.json are made with `small`:
//   node --import tsx test/exchange/measure.ts FOLDER [small | report | trained]
//   python test/exchange/measure.py FOLDER [test/exchange/fixtures/exported.json]
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { type ExportFormat, exportFormats, exportModel } from '../../lib/exchange';
import { setSeed, tf } from '../../lib/runtime';
import { kerasDigest } from './keras-digest';
import {
  fillWeights,
  inputsOf,
  largestDifference,
  reportNetworks,
  smallNetworks,
} from './networks';
import { trainedNetworks } from './trained-networks';

const endings: Partial<Record<ExportFormat, string>> = {
  onnx: '.onnx',
  keras: '.keras',
  'keras-weights': '.weights.h5',
};

/** Networks, and the examples that their outputs are compared on. */
async function* networks(kind: string): AsyncGenerator<{ model: LayersModel; inputs: Tensor[] }> {
  if (kind === 'trained') return yield* trainedNetworks();
  for (const model of kind === 'small' ? smallNetworks() : await reportNetworks()) {
    fillWeights(model);
    yield { model, inputs: inputsOf(model, 100) };
  }
}

function save(file: string, tensor: Tensor): void {
  fs.writeFileSync(`${file}.f32`, Buffer.from((tensor.dataSync() as Float32Array).slice().buffer));
  fs.writeFileSync(`${file}.json`, JSON.stringify(tensor.shape));
}

async function exportAll(base: string, model: LayersModel): Promise<void> {
  for (const format of Object.keys(exportFormats) as ExportFormat[]) {
    const target = path.join(base, `${format}${endings[format] ?? ''}`);
    await exportModel(target, model, { format });
    if (format.startsWith('keras')) {
      fs.writeFileSync(path.join(base, `${format}.sha256`), await kerasDigest(target));
    }
  }
  const half = path.join(base, 'tfjs-float16');
  await exportModel(half, model, { format: 'tfjs-graph', float16: true });
}

/** What plain tfjs says of the layers folder, as the largest difference. */
async function layersDifference(
  base: string,
  inputs: Tensor[],
  outputs: Tensor[],
): Promise<number> {
  const layers = await tf.loadLayersModel(`file://${base}/tfjs/model.json`);
  const loaded = [layers.predict(inputs, { batchSize: 10 })].flat() as Tensor[];
  const difference = largestDifference(loaded, outputs);
  tf.dispose(loaded);
  layers.dispose();
  return difference;
}

/** The same of a graph model. */
async function graphDifference(
  folder: string,
  model: LayersModel,
  inputs: Tensor[],
  outputs: Tensor[],
): Promise<number> {
  const graph = await tf.loadGraphModel(`file://${folder}/model.json`);
  let worst = 0;
  for (let start = 0; start < 100; start += 10) {
    tf.tidy(() => {
      const batch = Object.fromEntries(
        inputs.map((x, i) => [
          model.inputs[i]!.sourceLayer.name,
          tf.slice(x, [start], [10]) as Tensor,
        ]),
      );
      const found = [graph.predict(batch)].flat() as Tensor[];
      const expected = outputs.map((y) => tf.slice(y, [start], [10]) as Tensor);
      worst = Math.max(worst, largestDifference(found, expected));
    });
  }
  graph.dispose();
  return worst;
}

async function main(folder: string, kind: string): Promise<void> {
  setSeed(1);
  const differences: Record<string, Record<string, number>> = {};
  for await (const { model, inputs } of networks(kind)) {
    const base = path.join(folder, model.name);
    fs.mkdirSync(base, { recursive: true });
    for (const [i, x] of inputs.entries()) save(path.join(base, `x${i}`), x);
    const outputs = [model.predict(inputs, { batchSize: 10 })].flat() as Tensor[];
    for (const [i, y] of outputs.entries()) save(path.join(base, `y${i}`), y);
    await exportAll(base, model);
    const found = { tfjs: await layersDifference(base, inputs, outputs) } as Record<string, number>;
    for (const format of ['tfjs-graph', 'tfjs-float16']) {
      found[format] = await graphDifference(path.join(base, format), model, inputs, outputs);
    }
    differences[model.name] = found;
    for (const [key, value] of Object.entries(found)) {
      const limit = key === 'tfjs-float16' ? 2e-2 : 1e-5;
      if (!(value < limit)) throw new Error(`${model.name} ${key}: ${value} is not below ${limit}`);
      console.log(`${model.name} ${key}: ${value.toExponential(2)}`);
    }
    tf.dispose([inputs, outputs]);
  }
  fs.writeFileSync(path.join(folder, 'tfjs.json'), JSON.stringify(differences));
}

void main(process.argv[2]!, process.argv[3] ?? 'small');
