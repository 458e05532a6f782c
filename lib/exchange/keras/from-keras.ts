import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, tf } from '../../runtime';
import { type Json, type LayerEntry, layerEntry, type Reference, references } from './calls';
import { inInference } from './in-inference';
import { layerFromKeras } from './layer-from-keras';
import { disposeParts, type Layer, type Part, rememberParts } from './parts';

/** A model that was built from a configuration, with Keras's layers of it. */
export interface BuiltModel {
  model: LayersModel;
  part: Part;
}

interface Context {
  keras3: boolean;
  shared: Map<number, Part>;
  /** All that were made, to free their weights after an error. */
  made: Part[];
}

const containers = /^(Functional|Model|Sequential)$/;

/**
 * Builds a model from its configuration, of Keras 2 or 3; its weights are not set yet.
 *
 * @throws GradbookError `unsupported-layer` naming the layer, class and option; `bad-file`
 */
export function modelFromKeras(config: Json, keras3: boolean): BuiltModel {
  const entry = layerEntry(config);
  if (!containers.test(entry.className)) {
    throw new GradbookError(
      `the model is a ${entry.className}: only Functional and Sequential models can be imported`,
      'unsupported-layer',
    );
  }
  const context: Context = { keras3, shared: new Map(), made: [] };
  try {
    return container(entry, context);
  } catch (error) {
    disposeParts(context.made);
    throw error;
  }
}

function container(entry: LayerEntry, context: Context): BuiltModel {
  return entry.className === 'Sequential' ? sequential(entry, context) : functional(entry, context);
}

function partFromKeras(entry: LayerEntry, context: Context): Part {
  const known = entry.sharedId === undefined ? undefined : context.shared.get(entry.sharedId);
  if (known) return known;
  const part = containers.test(entry.className)
    ? container(entry, context).part
    : layerFromKeras(entry, context.keras3);
  context.made.push(part);
  if (entry.sharedId !== undefined) context.shared.set(entry.sharedId, part);
  return part;
}

function sequential({ name: entryName, className, config }: LayerEntry, context: Context) {
  // The first versions of Keras wrote the list of layers alone.
  const list = (Array.isArray(config) ? config : config['layers']) as Json[];
  const name = (config['name'] as string | undefined) ?? entryName ?? 'sequential';
  const entries = list.map(layerEntry);
  const first = entries[0];
  const shape = (first?.config['batch_shape'] ??
    first?.config['batch_input_shape'] ??
    config['build_input_shape']) as (number | null)[] | undefined;
  if (!first || !shape) {
    throw new GradbookError(
      `model '${name}' has no input shape: build it in Keras before it is saved`,
      'bad-file',
    );
  }
  const hasInput = first.className === 'InputLayer';
  const input = inputOf(
    hasInput ? first.name : `${name}_input`,
    shape,
    hasInput ? first.config : {},
  );
  const inner = entries.map((entry) =>
    entry.className === 'InputLayer' ? inputPart(entry.name) : partFromKeras(entry, context),
  );
  let x = [input];
  for (const part of inner) if (part.className !== 'InputLayer') x = part.apply(x);
  return wrapped(name, className, inner, [input], x, config);
}

function functional({ className, config }: LayerEntry, context: Context): BuiltModel {
  const name = config['name'] as string;
  const entries = (config['layers'] as Json[]).map(layerEntry);
  const parts = new Map<string, Part>();
  const outputs = new Map<string, SymbolicTensor[][]>();
  for (const entry of entries) {
    if (entry.className === 'InputLayer') {
      const shape = (entry.config['batch_shape'] ?? entry.config['batch_input_shape']) as number[];
      outputs.set(entry.name, [[inputOf(entry.name, shape, entry.config)]]);
      parts.set(entry.name, inputPart(entry.name));
    } else {
      parts.set(entry.name, partFromKeras(entry, context));
      outputs.set(entry.name, []);
    }
  }
  const offsets = firstUses(entries, config, name);
  const find = ({ layer, node, tensor }: Reference): SymbolicTensor | undefined =>
    outputs.get(layer)?.[node - (offsets.get(layer) ?? 0)]?.[tensor];
  // Uses of a layer are made in their order, each when its inputs are there.
  let waiting = entries.filter((entry) => entry.className !== 'InputLayer');
  while (waiting.length > 0) {
    let made = 0;
    for (const entry of waiting) {
      const uses = outputs.get(entry.name)!;
      for (let call = entry.calls[uses.length]; call; call = entry.calls[uses.length]) {
        const tensors = call.operands
          .filter((operand): operand is Reference => typeof operand !== 'number')
          .map(find);
        if (tensors.some((tensor) => !tensor)) break;
        uses.push(parts.get(entry.name)!.apply(tensors as SymbolicTensor[]));
        made++;
      }
    }
    waiting = waiting.filter(
      ({ name: each, calls: all }) => outputs.get(each)!.length < all.length,
    );
    if (made === 0 && waiting.length > 0) {
      throw new GradbookError(
        `model '${name}': the inputs of '${waiting[0]!.name}' are nowhere in its configuration`,
        'bad-file',
      );
    }
  }
  const ends = (which: string): SymbolicTensor[] =>
    references(config[which], name).map((reference) => {
      const tensor = find(reference);
      if (!tensor) {
        throw new GradbookError(
          `model '${name}': ${which} names '${reference.layer}', which is not there`,
          'bad-file',
        );
      }
      return tensor;
    });
  const inner = entries.map((entry) => parts.get(entry.name)!);
  for (const entry of entries) {
    if (entry.calls.length > 0 && entry.calls.every((call) => call.training === false)) {
      inInference(parts.get(entry.name)!);
    }
  }
  return wrapped(name, className, inner, ends('input_layers'), ends('output_layers'), config);
}

/** Keras 2 counts the uses of a nested model from 1, its own inputs being use 0. */
function firstUses(entries: LayerEntry[], config: Json, name: string): Map<string, number> {
  const highest = new Map<string, number>();
  const note = ({ layer, node }: Reference) =>
    highest.set(layer, Math.max(highest.get(layer) ?? 0, node));
  for (const { calls } of entries) {
    for (const { operands } of calls) {
      for (const operand of operands) if (typeof operand !== 'number') note(operand);
    }
  }
  references(config['output_layers'], name).forEach(note);
  return new Map(
    entries
      .filter(({ calls, name: each }) => calls.length > 0 && highest.get(each) === calls.length)
      .map(({ name: each }) => [each, 1]),
  );
}

function wrapped(
  name: string,
  className: string,
  inner: Part[],
  inputs: SymbolicTensor[],
  outputs: SymbolicTensor[],
  config: Json,
): BuiltModel {
  const model = tf.model({ inputs, outputs, name });
  const trainable = config['trainable'] !== false;
  for (const part of inner) setTrainable(part, trainable && part.trainable);
  const layer = model as unknown as Layer;
  const part: Part = {
    name,
    className: className === 'Model' ? 'Functional' : className,
    isLayer: true,
    trainable,
    inner,
    layer,
    apply: (given) =>
      [layer.apply(given.length === 1 ? given[0]! : given)].flat() as SymbolicTensor[],
  };
  rememberParts(model, part);
  return { model, part };
}

function setTrainable(part: Part, trainable: boolean): void {
  part.trainable = trainable;
  if (trainable) return;
  if (part.inner) for (const inner of part.inner) setTrainable(inner, false);
  else if (part.layer) part.layer.trainable = false;
}

function inputOf(name: string, shape: (number | null)[], config: Json): SymbolicTensor {
  const dtype = (config['dtype'] ?? 'float32') as string;
  return tf.input({
    batchShape: shape,
    name,
    dtype: /^u?int/.test(dtype) ? 'int32' : 'float32',
  });
}

function inputPart(name: string): Part {
  return { name, className: 'InputLayer', isLayer: true, trainable: true, apply: (x) => x };
}
