import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, removeTemporaries, tf, writeFileAtomic } from '../runtime';

/**
 * Checks that tfjs can load the model again, which finds weights by their names.
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

/**
 * Saves a model as `model.json` and its weights, so that a reader sees the old model or the new:
 * the weights go to a file named after their content, then `model.json` is replaced by one that
 * points there, then weights that nothing points to are removed.
 *
 * @throws GradbookError `bad-model` when two weights have the same name
 */
export async function saveModelFolder(model: LayersModel, folder: string): Promise<void> {
  checkWeightNames(model);
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      const bytes = Buffer.from(artifacts.weightData as ArrayBuffer);
      const digest = crypto.createHash('sha256').update(bytes).digest('hex').slice(0, 16);
      const weights = `weights-${digest}.bin`;
      const content = {
        modelTopology: artifacts.modelTopology as object,
        format: artifacts.format,
        generatedBy: artifacts.generatedBy,
        convertedBy: artifacts.convertedBy,
        weightsManifest: [{ paths: [weights], weights: artifacts.weightSpecs ?? [] }],
      };
      writeFileAtomic(path.join(folder, weights), bytes);
      writeFileAtomic(path.join(folder, 'model.json'), JSON.stringify(content));
      removeTemporaries(path.join(folder, 'model.json'));
      for (const name of fs.readdirSync(folder)) {
        // With what a killed writer left of such a file.
        if (/^weights-[0-9a-f]{16}\.bin(\.|$)/.test(name) && name !== weights) {
          fs.rmSync(path.join(folder, name));
        }
      }
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
    }),
  );
}
