// Writes the tables of docs/models-measured.md, from the results of these commands:
//   node --import tsx test/exchange/measure.ts EXPORTS report && python test/exchange/measure.py EXPORTS
//   python test/exchange/fixtures/keras_models.py applications IMPORTS
//   node --import tsx test/exchange/tables.ts EXPORTS IMPORTS
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { importModel } from '../../lib/exchange';
import { GradbookError, root, tf, writeFileAtomic } from '../../lib/runtime';
import { largestDifference } from './networks';

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
  const text = `# Exported and imported models, measured

Made by \`test/exchange/tables.ts\`; the commands are at the top of that file.

## Exported networks

The largest difference of any output from the network's own predictions here, on 100 images of random numbers from -1 to 1, with random weights. Columns for Keras (3.15), onnxruntime (1.32) and
SavedModels (TensorFlow 2.21) were computed by those libraries from the exported files; the Keras models were also trained there for two steps. float16 has a precision of 11 bits.

${exportTable(exports)}

## Imported networks of keras.applications

Without their top, with average pooling and random weights, saved as \`.keras\` by Keras 3.15: the largest
difference from Keras's own features, relative to the largest feature, on four images of random numbers.

${await importTable(imports)}
`;
  writeFileAtomic(path.join(root, 'docs', 'models-measured.md'), text);
}

void main(process.argv[2]!, process.argv[3]!);
