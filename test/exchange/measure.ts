// Exports the networks in every format, for `measure.py` to load and compare:
//   node --import tsx test/exchange/measure.ts <folder> && python test/exchange/measure.py <folder>
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
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

const endings: Partial<Record<ExportFormat, string>> = {
  onnx: '.onnx',
  keras: '.keras',
  'keras-weights': '.weights.h5',
};

function save(file: string, tensor: Tensor): void {
  fs.writeFileSync(`${file}.f32`, Buffer.from((tensor.dataSync() as Float32Array).slice().buffer));
  fs.writeFileSync(`${file}.json`, JSON.stringify(tensor.shape));
}

async function main(folder: string, size: string): Promise<void> {
  setSeed(1);
  const differences: Record<string, Record<string, number>> = {};
  const networks = size === 'small' ? smallNetworks() : await reportNetworks();
  for (const model of networks) {
    fillWeights(model);
    const base = path.join(folder, model.name);
    fs.mkdirSync(base, { recursive: true });
    const inputs = inputsOf(model, 100);
    for (const [i, x] of inputs.entries()) save(path.join(base, `x${i}`), x);
    const outputs = [model.predict(inputs, { batchSize: 10 })].flat() as Tensor[];
    for (const [i, y] of outputs.entries()) save(path.join(base, `y${i}`), y);
    for (const format of Object.keys(exportFormats) as ExportFormat[]) {
      const target = path.join(base, `${format}${endings[format] ?? ''}`);
      await exportModel(target, model, { format });
      if (format.startsWith('keras')) {
        fs.writeFileSync(path.join(base, `${format}.sha256`), await kerasDigest(target));
      }
    }
    await exportModel(path.join(base, 'tfjs-float16'), model, {
      format: 'tfjs-graph',
      float16: true,
    });
    const layers = await tf.loadLayersModel(`file://${base}/tfjs/model.json`);
    const loaded = [layers.predict(inputs, { batchSize: 10 })].flat() as Tensor[];
    differences[model.name] = { tfjs: largestDifference(loaded, outputs) };
    tf.dispose(loaded);
    layers.dispose();
    for (const format of ['tfjs-graph', 'tfjs-float16']) {
      const graph = await tf.loadGraphModel(`file://${base}/${format}/model.json`);
      const names = Object.keys(
        (graph as unknown as { signature: { outputs: object } }).signature.outputs,
      );
      let worst = 0;
      for (let start = 0; start < 100; start += 10) {
        tf.tidy(() => {
          const batch = Object.fromEntries(
            inputs.map((x, i) => [model.inputs[i]!.sourceLayer.name, x.slice([start], [10])]),
          );
          const found = [graph.predict(batch)].flat() as Tensor[];
          const expected = outputs.map((y) => y.slice([start], [10]));
          worst = Math.max(worst, largestDifference(found, expected));
        });
      }
      differences[model.name] = { ...differences[model.name], [format]: worst };
      console.log(`${model.name} ${format} (${names.join(', ')}): ${worst.toExponential(2)}`);
    }
  }
  fs.writeFileSync(path.join(folder, 'tfjs.json'), JSON.stringify(differences));
}

void main(process.argv[2]!, process.argv[3] ?? 'small');
