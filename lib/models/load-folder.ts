import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { io } from '@tensorflow/tfjs';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, tf } from '../runtime';

/**
 * Loads the folder of a tfjs layers model: `model.json` and the weights it names, as
 * `ModelCheckpoint` and `model.save('file://…')` write them. Weights of `ModelCheckpoint`, whose
 * file name holds their SHA-256, are checked by it.
 *
 * @returns the network, whose tensors belong to the caller, and the metadata that was saved with it
 * @throws GradbookError `bad-file` when a file is missing, damaged, or of another kind
 */
export async function loadModelFolder(
  folder: string,
): Promise<{ model: LayersModel; metadata: Record<string, string | number | boolean> }> {
  const file = path.join(folder, 'model.json');
  const json = readJson(file);
  if (json.format !== undefined && json.format !== 'layers-model') {
    throw new GradbookError(
      `${file} is a tfjs ${json.format}: only layers models can be loaded`,
      'bad-file',
    );
  }
  const manifest = json.weightsManifest ?? [];
  const weightSpecs = manifest.flatMap((group) => group.weights);
  const weightData = joined(
    manifest.flatMap((group) => group.paths).map((name) => readWeights(folder, name)),
  );
  const expected = byteLength(weightSpecs);
  if (expected !== undefined && expected !== weightData.byteLength) {
    throw new GradbookError(
      `the weights of ${file} have ${weightData.byteLength} bytes, its list of weights needs ${expected}: save the model again`,
      'bad-file',
    );
  }
  const model = await tf.loadLayersModel({
    load: async () => ({ modelTopology: json.modelTopology, weightSpecs, weightData }),
  });
  const metadata = (json.userDefinedMetadata ?? {}) as Record<string, string | number | boolean>;
  return { model, metadata };
}

function readJson(file: string): io.ModelJSON {
  let json: Partial<io.ModelJSON> | null;
  try {
    json = JSON.parse(fs.readFileSync(file, 'utf8')) as Partial<io.ModelJSON> | null;
  } catch (error) {
    throw new GradbookError(
      `${file} is damaged: it is not JSON. Save the model again`,
      'bad-file',
      {
        cause: error,
      },
    );
  }
  const manifest = json?.weightsManifest;
  const whole =
    typeof json?.modelTopology === 'object' &&
    (manifest === undefined ||
      (Array.isArray(manifest) &&
        manifest.every((group) => Array.isArray(group?.paths) && Array.isArray(group.weights))));
  if (!whole) {
    throw new GradbookError(
      `${file} is no tfjs model: it needs modelTopology and weightsManifest`,
      'bad-file',
    );
  }
  return json as io.ModelJSON;
}

function readWeights(folder: string, name: string): Buffer {
  const file = path.join(folder, name);
  if (!fs.existsSync(file)) {
    throw new GradbookError(
      `${file} is missing: model.json names it. Save the model again`,
      'bad-file',
    );
  }
  const bytes = fs.readFileSync(file);
  const digest = /^weights-([0-9a-f]{16})\.bin$/.exec(name)?.[1];
  if (digest && !crypto.createHash('sha256').update(bytes).digest('hex').startsWith(digest)) {
    throw new GradbookError(
      `${file} is damaged: its SHA-256 does not begin with ${digest}. Save the model again`,
      'bad-file',
    );
  }
  return bytes;
}

function joined(parts: Buffer[]): ArrayBuffer {
  const all = Buffer.concat(parts);
  return all.buffer.slice(all.byteOffset, all.byteOffset + all.byteLength) as ArrayBuffer;
}

/** Bytes that the weights need; undefined where a string's length is only in the data. */
function byteLength(specs: readonly io.WeightsManifestEntry[]): number | undefined {
  const sizes: Record<string, number> = {
    float32: 4,
    int32: 4,
    bool: 1,
    complex64: 8,
    float16: 2,
    uint8: 1,
    uint16: 2,
  };
  let bytes = 0;
  for (const { dtype, shape, quantization } of specs) {
    const size = sizes[quantization?.dtype ?? dtype];
    if (size === undefined) return undefined;
    bytes += shape.reduce((product, length) => product * length, size);
  }
  return bytes;
}
