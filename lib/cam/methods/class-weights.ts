import type { LayersModel, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { type ModelOutput, modelOutput } from '../../ops';
import { GradbookError, tf } from '../../runtime';
import { isBinary } from '../hooks';
import { allLayers, type Layer, type PlacedLayer } from '../layers';
import { weightedSum } from './layer-methods';

/**
 * The class activation map of Zhou et al., 2016 (arXiv:1512.04150): a layer's channels weighted by
 * the dense weights that lead from their global average to the chosen classes.
 *
 * @param targets multi-hot `[n, classes]`
 * @returns `[n, height, width]`, on the host
 * @throws GradbookError `no-class-weights` unless the layer is followed by global average pooling
 *   and one dense layer, dropout and activations aside
 */
export function classWeightMap(
  model: LayersModel,
  place: PlacedLayer,
  activations: Tensor4D,
  targets: Tensor2D,
): Float32Array {
  const places = allLayers(model);
  const output = modelOutput(model);
  const at = places.findIndex(({ layer }) => layer === place.layer);
  const after = places
    .slice(at + 1)
    .map(({ layer }) => layer)
    .filter(
      (layer) =>
        !['Dropout', 'InputLayer'].includes(layer.getClassName()) && !isActivation(layer, output),
    );
  const fits =
    after.length === 2 &&
    after[0]!.getClassName() === 'GlobalAveragePooling2D' &&
    after[1]!.getClassName() === 'Dense';
  if (!fits) {
    const found = after.map((layer) => layer.getClassName()).join(', ') || 'nothing';
    throw new GradbookError(
      `class activation maps need global average pooling and one dense layer after ${place.path}, and ${found} follows: use grad-cam, which equals them where both exist`,
      'no-class-weights',
    );
  }
  return tf.tidy(() => {
    const own = after[1]!.getWeights()[0] as Tensor2D;
    const kernel = isBinary(model) ? tf.concat2d([own.neg(), own], 1) : own;
    const weights = targets.matMul(kernel, false, true);
    return weightedSum(activations, weights).dataSync() as Float32Array;
  });
}

/** Whether a layer is the final softmax or sigmoid, or does not change values. */
function isActivation(layer: Layer, { layer: last, activation }: ModelOutput): boolean {
  if (layer.getClassName() === 'Dense') return false;
  if (layer === last) return activation === 'softmax' || activation === 'sigmoid';
  const own = (layer as unknown as { activation?: { getClassName(): string } }).activation;
  return layer.getClassName() === 'Activation' && own?.getClassName() === 'linear';
}
