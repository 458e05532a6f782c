import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { io } from '@tensorflow/tfjs';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, random, removeTemporaries, tf, writeFileAtomic } from '../runtime';
import { frozenNetworks } from './frozen-networks';
import { uniqueNames } from './repeated-names';

/** Metadata of a saved network, such as `{ profile, seed, accuracy }`. */
export type ModelMetadata = Record<string, string | number | boolean>;

/** The part of `model.json` that tfjs ignores. */
export interface FolderRecord {
  version: 1;
  /** SHA-256 of the weights. */
  weights: string;
  /** State of `random()` when the model was saved; a checkpoint of a training has none. */
  randomState?: number;
  /** Paths of nested networks that are frozen as a whole. */
  frozen?: string[];
  /** SHA-256 of the rest of `model.json`, this record without it included. */
  sha256?: string;
}

/** `model.json` of tfjs with the metadata of this workspace. */
export type FolderJson = io.ModelJSON & { gradbook?: FolderRecord };

/**
 * Checks that plain tfjs can load the model again, which finds weights by their names.
 *
 * @throws GradbookError `bad-model` when two weights of nested networks have the same name
 */
export function checkWeightNames(model: LayersModel): void {
  const owners = new Map<string, string>();
  for (const layer of model.layers) {
    for (const { originalName } of layer.weights) {
      const owner = owners.get(originalName);
      if (owner !== undefined) {
        throw new GradbookError(
          `the weight '${originalName}' of '${layer.name}' has the name of one of '${owner}', so tfjs could not load ${model.name} from a folder: give the layers of nested networks different names, or use saveModel`,
          'bad-model',
        );
      }
      owners.set(originalName, layer.name);
    }
  }
}

/** A model as tfjs saves it: topology, and the weights in one buffer. */
export async function artifactsOf(
  model: LayersModel,
): Promise<io.ModelArtifacts & { bytes: Buffer }> {
  let artifacts: io.ModelArtifacts | undefined;
  await model.save({
    save: async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(given) };
    },
  });
  const data = tf.io.concatenateArrayBuffers([artifacts!.weightData ?? []].flat());
  return { ...artifacts!, bytes: Buffer.from(data) };
}

/**
 * Saves a model as the standard folder of tfjs, `model.json` and its weights, so that a reader sees
 * the old model or the new: the weights go to a file named after their content, then `model.json` is
 * replaced by one that points there, then unreferenced weights are removed. Beside what
 * tfjs reads, `model.json` holds the metadata (`userDefinedMetadata`), the state of `random()` and
 * SHA-256 sums of itself and of the weights.
 *
 * Where nested networks have weights of equal names, those are saved by their position in the model:
 * `loadModel` reads them, plain tfjs does not.
 *
 * @param withRandomState false for checkpoints, which are the same bytes in a training that was
 *   killed and resumed, where the process's generator is elsewhere. Default true
 * @throws GradbookError `bad-model` when weights have equal names and nested networks share a layer
 */
export async function saveModelFolder(
  model: LayersModel,
  folder: string,
  metadata: ModelMetadata = {},
  withRandomState = true,
): Promise<void> {
  const names = uniqueNames(model);
  const frozen = frozenNetworks(model);
  const artifacts = await artifactsOf(model);
  const digest = sha256(artifacts.bytes);
  const weights = `weights-${digest.slice(0, 16)}.bin`;
  const specs = (artifacts.weightSpecs ?? []).map((spec, i) => ({ ...spec, name: names[i]! }));
  const content: FolderJson = {
    modelTopology: artifacts.modelTopology as io.ModelJSON['modelTopology'],
    format: artifacts.format,
    generatedBy: artifacts.generatedBy,
    convertedBy: artifacts.convertedBy,
    weightsManifest: [{ paths: [weights], weights: specs }],
    ...(Object.keys(metadata).length > 0 ? { userDefinedMetadata: metadata } : {}),
    gradbook: {
      ...{ version: 1, weights: digest },
      ...(frozen.length > 0 ? { frozen } : {}),
      ...(withRandomState ? { randomState: random().getState() } : {}),
    },
  };
  content.gradbook!.sha256 = sha256(JSON.stringify(content));
  writeFileAtomic(path.join(folder, weights), artifacts.bytes);
  writeFileAtomic(path.join(folder, 'model.json'), JSON.stringify(content));
  removeTemporaries(path.join(folder, 'model.json'));
  for (const name of fs.readdirSync(folder)) {
    // Including temporary files of killed writers.
    if (/^weights-[0-9a-f]{16}\.bin(\.|$)/.test(name) && name !== weights) {
      fs.rmSync(path.join(folder, name), { force: true });
    }
  }
}

/** The SHA-256 of a text or of bytes, in hexadecimal. */
export function sha256(content: string | Uint8Array): string {
  return crypto.createHash('sha256').update(content).digest('hex');
}
