import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { GradbookError } from '../../runtime';
import { type Layer, layerUses, resolved, type TracedTensor, tensorsBefore } from './graph';

/** The activation of a model's output, ignoring layers that only rearrange values. */
export interface ModelOutput {
  /** The output's name, as in `model.outputNames`. */
  name: string;
  /** Its shape, null for unknown sizes; the first is the batch. */
  shape: readonly (number | null)[];
  /** Size of its last dimension. */
  units: number;
  /** tfjs's name of the last activation: `softmax`, `sigmoid`, `relu`, …; `linear` for none. */
  activation: string;
  /** The layer that applies it. */
  layer: Layer;
  /** One sigmoid per example: its probability p represents two classes, 1 - p and p. */
  binary: boolean;
}

/** Layers that pass values on unchanged in inference, at most in another shape or order. */
const passing: ReadonlySet<string> = new Set([
  'Reshape',
  'Flatten',
  'Permute',
  'Dropout',
  'SpatialDropout1D',
  'SpatialDropout2D',
  'GaussianNoise',
  'GaussianDropout',
  'AlphaDropout',
]);

interface Parts {
  activation?: { getClassName?(): string } | null;
  axis?: number;
  dims?: number[];
}

/**
 * The final activation of each output of a model. Reshape, flatten, permute, dropout and linear
 * activations after it are skipped, nested models are searched.
 *
 * @throws GradbookError `bad-model` where it cannot be determined: an unknown last size; a softmax
 *   whose classes are not on the output's last axis
 */
export function modelOutputs(model: LayersModel): ModelOutput[] {
  return model.outputs.map((_, index) => oneOutput(model, index));
}

/**
 * The final activation of a model with one output.
 *
 * @throws GradbookError `bad-model` for several outputs, and as `modelOutputs`
 */
export function modelOutput(model: LayersModel): ModelOutput {
  if (model.outputs.length !== 1) {
    throw new GradbookError(
      `model ${model.name} has ${model.outputs.length} outputs (${model.outputNames.join(', ')}): make one with tf.model({ inputs: model.inputs, outputs: model.outputs[i] })`,
      'bad-model',
    );
  }
  return oneOutput(model, 0);
}

function oneOutput(model: LayersModel, index: number): ModelOutput {
  const output = model.outputs[index]!;
  const { shape } = output;
  const name = model.outputNames[index]!;
  const units = shape.length > 1 ? shape.at(-1) : 1;
  if (units === null || units === undefined) {
    throw new GradbookError(
      `output ${name} of model ${model.name} has the shape ${JSON.stringify(shape)}: the size of its last dimension must be known`,
      'bad-model',
    );
  }
  let traced = resolved({ tensor: output, within: [] });
  // Whether the output's last axis is still the last one of the current tensor.
  let lastAxisKept = true;
  for (;;) {
    const { sourceLayer } = traced.tensor;
    const before = passedOver(sourceLayer as Layer, traced);
    if (!before) break;
    lastAxisKept &&= keepsLastAxis(sourceLayer as Layer, before, traced);
    traced = before;
  }
  const layer = traced.tensor.sourceLayer as Layer;
  const activation = activationOfLayer(layer);
  if (activation === 'softmax' && !(lastAxisKept && softmaxOverLastAxis(layer, traced))) {
    throw new GradbookError(
      `output ${name} of model ${model.name} holds the softmax of layer ${layer.name} in another order: its classes must be on the last axis of the output`,
      'bad-model',
    );
  }
  const single = shape.length <= 2 && units === 1;
  return { name, shape, units, activation, layer, binary: single && activation === 'sigmoid' };
}

/** The input of a layer that does not change values; undefined for one that does. */
function passedOver(layer: Layer, traced: TracedTensor): TracedTensor | undefined {
  const before = tensorsBefore(traced);
  if (before.length !== 1) return undefined;
  const name = layer.getClassName();
  const linear = name === 'Activation' && activationOfLayer(layer) === 'linear';
  return passing.has(name) || linear ? before[0] : undefined;
}

function keepsLastAxis(layer: Layer, before: TracedTensor, after: TracedTensor): boolean {
  const name = layer.getClassName();
  if (name === 'Permute') {
    const dims = (layer as unknown as Parts).dims ?? [];
    return dims.at(-1) === dims.length;
  }
  if (name !== 'Reshape' && name !== 'Flatten') return true;
  return before.tensor.shape.at(-1) === after.tensor.shape.at(-1);
}

function activationOfLayer(layer: Layer): string {
  if (layer.getClassName() === 'Softmax') return 'softmax';
  return (layer as unknown as Parts).activation?.getClassName?.() ?? 'linear';
}

function softmaxOverLastAxis(layer: Layer, { tensor }: TracedTensor): boolean {
  if (layer.getClassName() !== 'Softmax') return true;
  const { axis = -1 } = layer as unknown as Parts;
  return axis === -1 || axis === tensor.shape.length - 1;
}

/**
 * Throws where the layer that computes the output is applied more than once: its logits in the
 * output cannot be distinguished from those of its other calls.
 *
 * @throws GradbookError `shared-layer`
 */
export function checkOutputUsedOnce(model: LayersModel, { layer }: ModelOutput): void {
  const times = layerUses(model).get(layer) ?? 1;
  if (times <= 1) return;
  throw new GradbookError(
    `layer ${layer.name}, which makes the output of model ${model.name}, is applied ${times} times: its logits cannot be distinguished`,
    'shared-layer',
  );
}
