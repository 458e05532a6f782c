// Writes docs/models-measured.md from what measure.ts, measure.py and keras_models.py left:
//   node --import tsx test/exchange/tables.ts EXPORTS IMPORTS
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { importModel } from '../../lib/exchange';
import { engineInfo, GradbookError, root, tf, writeFileAtomic } from '../../lib/runtime';
import { largestDifference } from './networks';
import { referenceVersions } from './reference-python';
import { training } from './trained-networks';

type Differences = Record<string, Record<string, number>>;

function read<T>(file: string): T {
  return JSON.parse(fs.readFileSync(file, 'utf8')) as T;
}

function numbers(file: string, shape: number[]): Tensor {
  const bytes = fs.readFileSync(file);
  return tf.tensor(new Float32Array(new Uint8Array(bytes).buffer), shape);
}

function table(head: string[], rows: string[][]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

const columns: [label: string, key: string][] = [
  ['tfjs graph', 'tfjs-graph'],
  ['tfjs graph, float16', 'tfjs-float16'],
  ['SavedModel', 'saved-model'],
  ['Keras', 'keras'],
  ['Keras weights', 'keras-weights'],
  ['ONNX', 'onnx'],
  ['ONNX, batch of 1', 'onnx-one'],
  ['tfjs layers', 'tfjs'],
];

function exportTable(folder: string): string {
  const own = read<Differences>(path.join(folder, 'tfjs.json'));
  const theirs = read<Differences>(path.join(folder, 'python.json'));
  return table(
    ['network', ...columns.map(([label]) => label)],
    Object.keys(own).map((network) => {
      const all = { ...own[network], ...theirs[network] };
      return [network, ...columns.map(([, key]) => all[key]?.toExponential(1) ?? 'not run')];
    }),
  );
}

interface Description {
  inputs: number[][];
  outputs: number[][];
  parameters: number;
}

async function importTable(folder: string): Promise<string> {
  const rows: string[][] = [];
  for (const file of fs.readdirSync(folder).filter((name) => name.endsWith('.json'))) {
    const name = file.replace('.json', '');
    const { inputs, outputs, parameters } = read<Description>(path.join(folder, file));
    const start = [name, inputs[0]!.slice(1).join('×'), parameters.toLocaleString('en')];
    try {
      const model = await importModel(path.join(folder, `${name}.keras`));
      rows.push([
        ...start,
        String(model.layers.length),
        difference(folder, name, model, inputs[0]!, outputs[0]!),
      ]);
      for (const weight of model.weights) weight.dispose();
    } catch (error) {
      if (!(error instanceof GradbookError)) throw error;
      rows.push([...start, '', `refused: ${error.message.split(': there are')[0]}`]);
    }
    console.log(rows.at(-1)!.join(' '));
  }
  return table(['network', 'input', 'parameters', 'layers here', 'largest difference'], rows);
}

/** The largest difference from Keras's features, relative to the largest feature. */
function difference(
  folder: string,
  name: string,
  model: LayersModel,
  input: number[],
  output: number[],
): string {
  return tf.tidy(() => {
    const x = numbers(path.join(folder, `${name}.inputs.f32`), input);
    const y = numbers(path.join(folder, `${name}.outputs.f32`), output);
    const worst = largestDifference([model.predict(x) as Tensor], [y]);
    const size = tf.max(tf.abs(y)).dataSync()[0]!;
    return (worst / size).toExponential(1);
  });
}

async function main(exports: string, imports: string): Promise<void> {
  const { keras, onnx, onnxruntime, ...others } = referenceVersions();
  const { pictures: images, epochs, compared } = training;
  const text = `# Models out and in, measured

Made by \`npm run measure:exchange\`, which makes a Python environment with the libraries in
\`test/exchange/requirements.txt\` in \`.cache/exchange\` on first use. Here: TensorFlow
${engineInfo().tensorflow} and tfjs ${engineInfo().tfjs} in Node; Keras ${keras} on tensorflow-cpu
${others['tensorflow-cpu']}, onnx ${onnx}, onnxruntime ${onnxruntime} in Python.

## Exported networks

The largest difference of any output from the network's own predictions here, on the first ${compared}
images of the test set. Each network was trained for ${epochs} epochs on ${images} images of the
data set, validation included (the head alone of \`transfer\`, on ImageNet's weights). SavedModel, Keras
and ONNX were computed by those libraries from the exported files; they and both folders of tfjs must
stay below 1e-5. The Keras models were trained there for two steps besides. Float16 halves the file of a
graph model and keeps 11 bits of each weight; its difference is what that costs. \`branches\` has two
inputs of 63 rows, two outputs, a shared layer and a nested network; its convolutions are not dilated, for
tfjs trains none that are.

${exportTable(exports)}

## Imported networks of keras.applications

Without their top, with average pooling and random weights, saved as \`.keras\` by Keras: the largest
difference from Keras's own features, as a share of the largest feature, on four images of random
numbers. Where both take the same kernels of oneDNN it can be 0.

${await importTable(imports)}
`;
  writeFileAtomic(path.join(root, 'docs', 'models-measured.md'), text);
}

void main(process.argv[2]!, process.argv[3]!);
