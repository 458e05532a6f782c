import type { LayersModel, layers, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, tf } from '../runtime';
import { isModel } from './submodel';

type Layer = layers.Layer;

/** One call of a layer in a network whose nested networks are flattened. */
interface Use {
  layer: Layer;
  /** Indices of the calls that produce its inputs; -1 is the network's input. */
  from: number[];
}

/**
 * Splits a network with branches at the freeze boundary: at the last layer before all trainable
 * ones through which all data pass. Undefined where there is none.
 *
 * @returns the two parts, which share their layers with the network
 * @throws GradbookError `bad-network` for several inputs or outputs
 */
export function cutAtFreeze(
  model: LayersModel,
): { frozen: LayersModel; trained: LayersModel; boundary: string } | undefined {
  const uses = usesOf(model);
  const first = uses.findIndex(({ layer }) => layer.trainableWeights.length > 0);
  for (let i = (first < 0 ? uses.length : first) - 1; i >= 0; i--) {
    const passed = uses.slice(i + 1).every(({ from }) => from.every((place) => place >= i));
    if (!passed) continue;
    const boundary = uses[i]!.layer.name;
    const shape = model.inputs[0]!.shape.slice(1);
    const frozen = replay(uses.slice(0, i + 1), 0, shape, 'input', `${model.name}_section`);
    const between = frozen.outputs[0]!.shape.slice(1);
    const trained = replay(uses.slice(i + 1), i + 1, between, boundary, `${model.name}_section`);
    return { frozen, trained, boundary };
  }
  return undefined;
}

/** The calls of layers in the order of computation, nested networks flattened. */
function usesOf(model: LayersModel): Use[] {
  if (model.inputs.length !== 1 || model.outputs.length !== 1) {
    throw new GradbookError(
      `${model.name} has ${model.inputs.length} inputs and ${model.outputs.length} outputs: only networks with one of each can be split`,
      'bad-network',
    );
  }
  const uses: Use[] = [];
  const visit = (tensor: SymbolicTensor, scope: Map<number, number>): number => {
    const known = scope.get(tensor.id);
    if (known !== undefined) return known;
    const layer = tensor.sourceLayer;
    const node = layer.inboundNodes[tensor.nodeIndex] as unknown as {
      inputTensors: SymbolicTensor[];
    };
    const from = node.inputTensors.map((input) => visit(input, scope));
    let place: number;
    if (isModel(layer)) {
      const inner = new Map(layer.inputs.map((input, i) => [input.id, from[i]!]));
      place = visit(layer.outputs[tensor.tensorIndex ?? 0]!, inner);
    } else {
      place = uses.push({ layer, from }) - 1;
    }
    scope.set(tensor.id, place);
    return place;
  };
  visit(model.outputs[0]!, new Map([[model.inputs[0]!.id, -1]]));
  return uses;
}

/** Applies the calls again to a new input, which replaces the call before the first. */
function replay(
  uses: readonly Use[],
  start: number,
  shape: (number | null)[],
  after: string,
  name: string,
): LayersModel {
  const input = tf.input({ shape, name: `${after}_section` });
  const outputs: SymbolicTensor[] = [];
  for (const { layer, from } of uses) {
    const inputs = from.map((place) => outputs[place - start] ?? input);
    outputs.push(layer.apply(inputs.length === 1 ? inputs[0]! : inputs) as SymbolicTensor);
  }
  return tf.model({ inputs: input, outputs: outputs.at(-1) ?? input, name });
}
