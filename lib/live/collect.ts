import * as fs from 'node:fs';
import * as path from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { withoutForeground } from '../cam';
import { type ImageSet, loadPokemon, subset } from '../data';
import { loadModel, modelFolder } from '../models';
import { engineInfo, GradbookError, root } from '../runtime';
import { mapsOf, outputsOf } from './answer';
import { toBase64 } from './base64';
import { type Prepared, picturesTensor, prepareNetwork } from './network';
import {
  type LiveData,
  type LiveFile,
  type LiveMethod,
  type LiveNetwork,
  type LivePicture,
  liveMethods,
  type MissingNetwork,
} from './types';
import { isRight, overlapOf } from './verdict';

/** A saved network that the page is to show. */
export interface Wanted {
  name: string;
  notebook: string;
  fresh: boolean;
}

/** How much is computed. Larger inputs are slower, so that fewer images are looked at. */
const limits = {
  small: { tested: 500, maps: { 'grad-cam': 20, 'layer-cam': 20, occlusion: 1 } },
  large: { tested: 40, maps: { 'grad-cam': 4, 'layer-cam': 4, occlusion: 0 } },
} as const;
/** An input of so many pixels or more is large. */
const largeInput = 128 * 128;

/** Images of the page: some of each class, then mistakes of each network. */
const plainPictures = 20;
const mistakesEach = 6;

/** What the page calls equal to Node's numbers. */
const tolerance = 1e-3;

interface Loaded extends Wanted {
  network: LayersModel;
  prepared: Prepared;
  metadata: LiveNetwork['metadata'];
  size: keyof typeof limits;
  /** Of the first images of the test set. */
  outputs: Float32Array;
  tested: number;
}

/**
 * Everything that the live page shows: the networks, test images, and what Node computes for them.
 *
 * @param wanted saved networks; those that cannot be shown come back as missing, with the reason
 * @param missing networks that are known to be missing
 * @param write is given each network's own file, which holds megabytes
 */
export async function collect(
  wanted: readonly Wanted[],
  missing: readonly MissingNetwork[],
  write: (name: string, file: LiveFile) => void,
): Promise<LiveData> {
  const { test } = await loadPokemon({ seed: 0 });
  const size = [test.height, test.width] as const;
  const all = [...missing];
  const loaded: Loaded[] = [];
  for (const one of wanted) {
    try {
      loaded.push(await load(one, test));
    } catch (error) {
      if (!(error instanceof GradbookError)) throw error;
      all.push({
        name: one.name,
        notebook: one.notebook,
        reason: error.message.replaceAll(`${root}/`, ''),
      });
    }
  }
  const rows = chosenRows(test, loaded);
  const shown = subset(test, Int32Array.from(rows), 'shown');
  const images = picturesTensor(shown.images, size);
  const networks = loaded.map((one) => {
    const { weights, ...described } = describe(one, test);
    write(one.name, { weights, references: references(one, images) });
    return described;
  });
  images.dispose();
  for (const { network } of loaded) network.dispose();
  const bytes = (values: Float32Array) =>
    Uint8Array.from(values, (value) => Math.round(value * 255));
  return {
    classNames: test.classNames,
    height: test.height,
    width: test.width,
    pictures: rows.map((row) => pictureOf(test, row)),
    pixels: toBase64(shown.images),
    masks: shown.masks && toBase64(shown.masks),
    photos: shown.masks && toBase64(bytes(withoutForeground(shown))),
    networks,
    missing: all,
    engine: `TensorFlow ${engineInfo().tensorflow}`,
    tolerance,
  };
}

function pictureOf(set: ImageSet, row: number): LivePicture {
  return { name: set.names[row]!, primary: set.primary[row]!, secondary: set.secondary[row]! };
}

async function load(one: Wanted, test: ImageSet): Promise<Loaded> {
  const { model: network, metadata } = await loadModel(one.name);
  const size = [test.height, test.width] as const;
  const prepared = prepareNetwork(network, size);
  const [classes] = [network.outputs[0]!.shape.at(-1)];
  if (prepared.kind !== 'mask' && classes !== test.classNames.length) {
    throw new GradbookError(
      `network ${one.name} knows ${classes} classes, and the data set has ${test.classNames.length}`,
      'bad-model',
    );
  }
  const [, rows = 0, columns = 0] = network.inputs[0]!.shape as number[];
  const kind = rows * columns >= largeInput ? 'large' : 'small';
  const tested = Math.min(limits[kind].tested, test.count);
  const outputs = inParts(prepared, test, tested);
  return { ...one, network, prepared, metadata, size: kind, outputs, tested };
}

/** A part at a time, so that the activations of all images are not in memory at once. */
function inParts(prepared: Prepared, test: ImageSet, count: number): Float32Array {
  const { height, width, images } = test;
  const parts: Float32Array[] = [];
  const step = 50;
  for (let start = 0; start < count; start += step) {
    const pixels = images.subarray(
      start * height * width * 3,
      Math.min(start + step, count) * height * width * 3,
    );
    const tensor = picturesTensor(pixels, [height, width]);
    parts.push(outputsOf(prepared, tensor));
    tensor.dispose();
  }
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The output for one of the tested images. */
function outputOf({ outputs, tested }: Loaded, row: number): Float32Array {
  const width = outputs.length / tested;
  return outputs.subarray(row * width, (row + 1) * width);
}

function mistakesOf(one: Loaded, test: ImageSet): number[] {
  const rows = Array.from({ length: one.tested }, (_, row) => row);
  return rows.filter(
    (row) => !isRight(one.prepared.kind, outputOf(one, row), pictureOf(test, row)),
  );
}

/** Rows of the test set: the first of each class in turns, then the first mistakes of each network. */
function chosenRows(test: ImageSet, loaded: readonly Loaded[]): number[] {
  const byClass = test.classNames.map((_, of) =>
    Array.from({ length: test.count }, (_, row) => row).filter((row) => test.primary[row] === of),
  );
  const rows: number[] = [];
  for (let turn = 0; rows.length < Math.min(plainPictures, test.count); turn++) {
    for (const own of byClass) if (turn < own.length) rows.push(own[turn]!);
  }
  rows.length = Math.min(plainPictures, rows.length);
  for (const one of loaded) {
    if (one.prepared.kind === 'mask') continue;
    rows.push(...mistakesOf(one, test).slice(0, mistakesEach));
  }
  return [...new Set(rows)];
}

function describe(one: Loaded, test: ImageSet): LiveNetwork & { weights: string } {
  const folder = modelFolder(one.name);
  const json = JSON.parse(fs.readFileSync(path.join(folder, 'model.json'), 'utf8'));
  const groups = json.weightsManifest as { paths: string[]; weights: object[] }[];
  const files = groups.flatMap(({ paths }) => paths);
  const weights = Buffer.concat(files.map((file) => fs.readFileSync(path.join(folder, file))));
  const { name, notebook, fresh, metadata, prepared, tested } = one;
  const { kind, layer } = prepared;
  const pixels = test.height * test.width;
  const overlap = (row: number) =>
    overlapOf(outputOf(one, row), test.masks!.subarray(row * pixels, (row + 1) * pixels));
  const masked = kind === 'mask' && test.masks !== null;
  const sum = masked ? Array.from({ length: tested }, (_, row) => overlap(row)) : [];
  return {
    ...{ name, notebook, fresh, kind, layer, metadata, tested },
    topology: json.modelTopology,
    weightSpecs: groups.flatMap((group) => group.weights),
    bytes: weights.length,
    mistakes: kind === 'mask' ? null : mistakesOf(one, test).length,
    overlap: masked ? sum.reduce((a, b) => a + b, 0) / tested : null,
    weights: weights.toString('base64'),
  };
}

function references(
  { prepared, size }: Loaded,
  images: ReturnType<typeof picturesTensor>,
): LiveFile['references'] {
  const outputs = outputsOf(prepared, images);
  const width = outputs.length / images.shape[0];
  const maps = {} as Record<LiveMethod, string>;
  const targets = {} as Record<LiveMethod, number[]>;
  for (const method of liveMethods) {
    const count = Math.min(limits[size].maps[method], images.shape[0]);
    maps[method] = '';
    targets[method] = [];
    if (count === 0) continue;
    const some = images.slice([0, 0, 0, 0], [count, -1, -1, -1]) as typeof images;
    const found = mapsOf(prepared, some, outputs.subarray(0, count * width), { method });
    some.dispose();
    maps[method] = toBase64(found.maps);
    targets[method] = found.targets;
  }
  return { outputs: toBase64(outputs), maps, targets };
}
