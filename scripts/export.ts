// `npm run export`: writes a saved network for use elsewhere. See `--help`.
import { type ExportFormat, exportFormats, exportModel } from '../lib/exchange';
import { loadModel } from '../lib/models';
import { GradbookError } from '../lib/runtime';
import { commandLine } from './command-line';

const usage = `npm run export -- MODEL --format FORMAT --out PATH [--float16]

MODEL    the name given to saveModel, such as cnn, or the folder of a tfjs model
FORMAT   tfjs           folder of a layers model, for @tensorflow/tfjs
         tfjs-graph     folder of a graph model for inference
         saved-model    folder of a TensorFlow SavedModel for inference
         keras          PATH.keras, for keras.saving.load_model and further training
         keras-weights  PATH.weights.h5, for load_weights of the same network
         onnx           PATH.onnx for inference
PATH     file or folder, relative to the workspace; it is overwritten
--float16  float16 weights in a tfjs-graph`;

async function main(): Promise<number> {
  const { values, positionals } = commandLine('export', {
    allowPositionals: true,
    options: {
      format: { type: 'string' },
      out: { type: 'string' },
      float16: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const { format, out, float16 } = values;
  const [name, ...more] = positionals;
  if (!name || more.length > 0 || !format || !out) {
    throw new GradbookError(
      `give one model, --format (${Object.keys(exportFormats).join(', ')}) and --out`,
      'bad-option',
    );
  }
  const { model } = await loadModel(name);
  const files = await exportModel(out, model, {
    format: format as ExportFormat,
    ...(float16 ? { float16 } : {}),
  });
  for (const file of files) console.log(file);
  return 0;
}

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(error instanceof GradbookError ? `export: ${error.message}` : error);
    process.exit(error instanceof GradbookError ? 2 : 1);
  },
);
