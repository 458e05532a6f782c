import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { isModel, type Layer } from '../ops';
import { GradbookError } from '../runtime';

export type { Layer };

/** A layer and the models that contain it, from the outermost inwards. */
export interface PlacedLayer {
  layer: Layer;
  /** Names from the outermost model's layer to this one, joined by `/`: `mobilenet/conv_pw_13_relu`. */
  path: string;
  containers: LayersModel[];
}

// Layers that pool, pad or drop are skipped: a map is taken from the layer before them.
const skipped = new Set([
  'InputLayer',
  'Dropout',
  'SpatialDropout2D',
  'GaussianNoise',
  'GaussianDropout',
  'MaxPooling2D',
  'AveragePooling2D',
  'ZeroPadding2D',
  'Cropping2D',
  'UpSampling2D',
  'Resizing',
  'Rescaling',
]);
const convolutions = /^(Separable|Depthwise)?Conv2D(Transpose)?$/;

function* placed(
  model: LayersModel,
  prefix: string,
  containers: LayersModel[],
): Generator<PlacedLayer> {
  for (const layer of model.layers) {
    const path = prefix + layer.name;
    if (isModel(layer)) yield* placed(layer, `${path}/`, [...containers, layer]);
    else yield { layer, path, containers };
  }
}

/** All layers of a model, those of nested models included, in the order they were added. */
export function allLayers(model: LayersModel): PlacedLayer[] {
  return [...placed(model, '', [model])];
}

function isSpatial({ layer }: PlacedLayer): boolean {
  // `layer.outputShape` throws where a layer is applied to inputs of several shapes.
  const shapes = layer.inboundNodes.flatMap(({ outputTensors }) =>
    outputTensors.map(({ shape }) => shape),
  );
  return (
    // An unknown size (null) depends on the image.
    shapes.length > 0 &&
    shapes.every((shape) => shape.length === 4 && (shape[1] ?? 2) * (shape[2] ?? 2) > 1)
  );
}

/** The layers a map can be taken from: output `[batch, height, width, channels]`, more than one pixel. */
export function spatialLayers(model: LayersModel): PlacedLayer[] {
  return allLayers(model).filter(
    (place) => isSpatial(place) && place.layer.getClassName() !== 'InputLayer',
  );
}

/** The convolutions of a model, in order: what a layer's index counts. */
export function convolutionLayers(model: LayersModel): PlacedLayer[] {
  return spatialLayers(model).filter(({ layer }) => convolutions.test(layer.getClassName()));
}

/**
 * The layer a map is taken from.
 *
 * @param reference a layer's name or path; or the index of a convolution, 0 the first and -1 the
 *   last; or nothing: the last spatial layer that computes (pooling, padding and dropout are passed over)
 * @throws GradbookError `no-spatial-layer`, `unknown-layer`, `not-spatial`
 */
export function findLayer(model: LayersModel, reference?: string | number): PlacedLayer {
  const spatial = spatialLayers(model);
  if (spatial.length === 0) {
    throw new GradbookError(
      `model ${model.name} has no layer with a [batch, height, width, channels] output: a class activation map needs a convolution`,
      'no-spatial-layer',
    );
  }
  if (reference === undefined) {
    const computing = spatial.filter(({ layer }) => !skipped.has(layer.getClassName()));
    return (computing.length > 0 ? computing : spatial).at(-1)!;
  }
  const names = spatial.map(({ path }) => path).join(', ');
  if (typeof reference === 'number') {
    const convolution = convolutionLayers(model).at(reference);
    if (Number.isInteger(reference) && convolution) return convolution;
    throw new GradbookError(
      `layer index ${reference}: the model has ${convolutionLayers(model).length} convolutions, counted from 0, or from -1 backwards`,
      'unknown-layer',
    );
  }
  const everywhere = allLayers(model).filter(
    ({ layer, path }) => path === reference || layer.name === reference,
  );
  const found = everywhere[0];
  if (!found) {
    throw new GradbookError(
      `unknown layer: ${reference}. Layers a map can be taken from: ${names}`,
      'unknown-layer',
    );
  }
  if (!isSpatial(found)) {
    throw new GradbookError(
      `layer ${reference} has the output ${JSON.stringify(found.layer.outputShape)}, which is not spatial. Take one of: ${names}`,
      'not-spatial',
    );
  }
  return found;
}
