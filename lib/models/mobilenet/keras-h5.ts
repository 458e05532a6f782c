import * as fs from 'node:fs';
import { GradbookError } from '../../runtime';
import { addWeight, type WeightGroups } from './weight-map';

// The part of h5wasm in use: its own types are not found by this module resolution.
interface Group {
  keys(): string[];
  get(name: string): Group | Dataset | null;
}
interface Dataset {
  metadata: { type: number };
  shape: number[] | null;
  value: ArrayLike<number>;
}
interface H5 {
  ready: Promise<unknown>;
  File: new (file: string, mode: 'r') => Group & { close(): void };
}

/** HDF5's class of floating-point numbers, `H5T_FLOAT`. */
const floatClass = 1;
const signature = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');

/**
 * Reads the arrays of a Keras `.h5` file: weights or a whole model, as Keras 2 and 3 save them and
 * as keras-applications publishes them. Arrays that are not floating-point, such as the states of
 * random generators, are skipped.
 *
 * @throws GradbookError `bad-file` when the file is not HDF5, or Keras 3's `.weights.h5`, which
 *   keeps no layer names
 */
export async function readKerasH5(file: string): Promise<WeightGroups> {
  const head = Buffer.alloc(signature.length);
  const handle = fs.openSync(file, 'r');
  fs.readSync(handle, head);
  fs.closeSync(handle);
  if (!head.equals(signature)) {
    throw new GradbookError(`${file} is not an HDF5 file`, 'bad-file');
  }
  const h5 = (await import('h5wasm/node' as string)) as H5;
  await h5.ready;
  const weights: WeightGroups = new Map();
  let opened: (Group & { close(): void }) | undefined;
  try {
    opened = new h5.File(file, 'r');
    if (opened.keys().includes('layers')) {
      throw new GradbookError(
        `${file} keeps no layer names: save it with \`model.save('name.h5')\` instead`,
        'bad-file',
      );
    }
    collect(opened, '', weights);
  } catch (error) {
    if (error instanceof GradbookError) throw error;
    throw new GradbookError(`${file} could not be read as HDF5: ${String(error)}`, 'bad-file', {
      cause: error,
    });
  } finally {
    opened?.close();
  }
  return weights;
}

function collect(group: Group, path: string, weights: WeightGroups): void {
  for (const name of group.keys()) {
    if (name === 'optimizer_weights') continue;
    const child = group.get(name);
    if (!child) continue;
    const childPath = path ? `${path}/${name}` : name;
    if ('keys' in child && typeof child.keys === 'function') collect(child, childPath, weights);
    else {
      const dataset = child as Dataset;
      // Before the value is read, which is not an array of numbers for other types.
      if (dataset.metadata.type !== floatClass) continue;
      const values = Float32Array.from(dataset.value);
      addWeight(weights, childPath.replace(/^model_weights\//, ''), {
        shape: dataset.shape ?? [],
        values,
      });
    }
  }
}
