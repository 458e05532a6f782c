import * as fs from 'node:fs';
import * as path from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { environment, GradbookError, tf } from '../../runtime';
import { readKerasH5 } from './keras-h5';
import { readWeightFolder } from './weight-folder';
import type { WeightArray, WeightGroups, WeightMap } from './weight-map';

/** Where the set-up stores MobileNet's ImageNet weights. */
export function weightFolder(): string {
  return path.join(environment().cacheDir, 'weights', 'mobilenet_1.00_224');
}

/**
 * Reads MobileNet's arrays: from `from`, or else from `GRADBOOK_WEIGHTS`, or else those downloaded
 * by the set-up.
 *
 * @param from a tfjs model folder, or a Keras `.h5`
 * @throws GradbookError `missing-file` or `bad-file`
 */
export async function readWeights(from?: string): Promise<WeightGroups> {
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
 * Sets every array of a network by its layer's name; arrays without a layer are ignored. Of several
 * networks in the file, the matching one is used. Nothing is changed when an array is missing or
 * does not fit.
 *
 * @throws GradbookError `bad-weights` naming the first array that is missing or of another shape,
 *   or the networks of which none or more than one matches
 */
export function assignWeights(model: LayersModel, groups: WeightGroups): void {
  for (const { variable, array } of match(model, chooseGroup(model, groups))) {
    const values = tf.tensor(array.values, [...array.shape]);
    variable.write(values);
    values.dispose();
  }
}

type Variable = LayersModel['weights'][number];

/** The arrays for each variable of the network. */
function match(
  model: LayersModel,
  weights: WeightMap,
): { variable: Variable; array: WeightArray }[] {
  return variables(model).map(({ key, variable }) => {
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
  });
}

function variables(model: LayersModel): { key: string; variable: Variable }[] {
  return model.layers.flatMap((layer) =>
    layer.weights.map((variable) => {
      const kind = variable.originalName.split('/').pop()!.replace('depthwise_kernel', 'kernel');
      return { key: `${layer.name}/${kind}`, variable };
    }),
  );
}

/** All arrays as one group if no needed name occurs twice, else the one network that matches. */
function chooseGroup(model: LayersModel, groups: WeightGroups): WeightMap {
  const candidates = [...groups].filter(([, weights]) =>
    variables(model).some(({ key }) => weights.has(key)),
  );
  const repeated = variables(model).some(
    ({ key }) => candidates.filter(([, weights]) => weights.has(key)).length > 1,
  );
  if (!repeated) return new Map([...groups.values()].flatMap((weights) => [...weights]));
  const failures: string[] = [];
  const fitting = candidates.filter(([network, weights]) => {
    try {
      match(model, weights);
      return true;
    } catch (error) {
      failures.push(`${network || 'the outermost'}: ${(error as Error).message}`);
      return false;
    }
  });
  if (fitting.length === 1) return fitting[0]![1];
  const names = candidates.map(([network]) => `'${network}'`).join(', ');
  throw new GradbookError(
    fitting.length === 0
      ? `the weights are of several networks (${names}) and none matches. ${failures.join('; ')}`
      : `the weights are of several networks (${names}), of which ${fitting.length} match ${model.name}: save the wanted one alone`,
    'bad-weights',
  );
}
