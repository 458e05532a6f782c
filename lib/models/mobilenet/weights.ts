import * as fs from 'node:fs';
import * as path from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { environment, GradbookError, tf } from '../../runtime';
import { readKerasH5 } from './keras-h5';
import { readWeightFolder } from './weight-folder';
import type { WeightMap } from './weight-map';

/** Where set-up puts MobileNet's ImageNet weights. */
export function weightFolder(): string {
  return path.join(environment().cacheDir, 'weights', 'mobilenet_1.00_224');
}

/**
 * Reads MobileNet's arrays: from `from`, or else from `GRADBOOK_WEIGHTS`, or else those that set-up
 * fetched.
 *
 * @param from a tfjs model folder, or a Keras `.h5`
 * @throws GradbookError `missing-file` or `bad-file`
 */
export async function readWeights(from?: string): Promise<WeightMap> {
  const chosen = from ?? environment().weights;
  if (chosen === undefined) {
    const folder = weightFolder();
    if (!fs.existsSync(path.join(folder, 'model.json'))) {
      throw new GradbookError(
        `MobileNet's weights are not in ${folder}: run \`npm run setup\`, or set GRADBOOK_WEIGHTS to a tfjs model folder or a Keras .h5 of your own`,
        'missing-file',
      );
    }
    return readWeightFolder(folder);
  }
  if (!fs.existsSync(chosen)) {
    throw new GradbookError(
      `no weights at ${chosen}: give a tfjs model folder or a Keras .h5`,
      'missing-file',
    );
  }
  if (fs.statSync(chosen).isDirectory()) return readWeightFolder(chosen);
  if (path.basename(chosen) === 'model.json') return readWeightFolder(path.dirname(chosen));
  return readKerasH5(chosen);
}

/**
 * Sets every array of a network by its layer's name; arrays the network has no layer for are passed
 * over. Nothing is changed when one is missing or does not fit.
 *
 * @throws GradbookError `bad-weights` naming the first array that is missing or of another shape
 */
export function assignWeights(model: LayersModel, weights: WeightMap): void {
  const found = model.layers.flatMap((layer) =>
    layer.weights.map((variable) => {
      const kind = variable.originalName.split('/').pop()!.replace('depthwise_kernel', 'kernel');
      const key = `${layer.name}/${kind}`;
      const array = weights.get(key);
      if (!array) {
        throw new GradbookError(
          `the weights hold no ${key}, which ${model.name} needs: they are of another network`,
          'bad-weights',
        );
      }
      const wanted = variable.shape.join('×');
      if (array.shape.join('×') !== wanted) {
        throw new GradbookError(
          `${key} is ${array.shape.join('×')} in the weights, but ${model.name} needs ${wanted}`,
          'bad-weights',
        );
      }
      return { variable, array };
    }),
  );
  for (const { variable, array } of found) {
    const values = tf.tensor(array.values, [...array.shape]);
    variable.write(values);
    values.dispose();
  }
}
