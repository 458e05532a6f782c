import { GradbookError } from '../../runtime';

export type Json = Record<string, unknown>;

/** The output of a layer's use: which layer, which of its uses, which of its outputs. */
export interface Reference {
  layer: string;
  node: number;
  tensor: number;
}

/** One use of a layer, as configurations of Keras 2 and 3 describe it. */
export interface Call {
  /** What is passed, in order; operators take numbers as well. */
  operands: (Reference | number)[];
  /** `training`, where it was given. */
  training?: boolean | undefined;
}

/** The configuration of one layer of a functional model. */
export interface LayerEntry {
  module: string;
  className: string;
  config: Json;
  name: string;
  calls: Call[];
  /** The object in memory when it was saved: entries with the same number are one shared layer. */
  sharedId?: number | undefined;
}

/**
 * Reads the entry of a layer in a configuration.
 *
 * @throws GradbookError `bad-file`
 */
export function layerEntry(entry: Json): LayerEntry {
  const config = (entry['config'] ?? {}) as Json;
  const name = (entry['name'] ?? config['name']) as string;
  const nodes = (entry['inbound_nodes'] ?? []) as unknown[];
  return {
    module: (entry['module'] ?? '') as string,
    className: entry['class_name'] as string,
    config,
    name,
    calls: nodes.map((node) => (Array.isArray(node) ? keras2Call(node) : keras3Call(node, name))),
    sharedId: entry['shared_object_id'] as number | undefined,
  };
}

/** `[[layer, node, tensor, kwargs], …]`, or a single entry. */
function keras2Call(node: unknown[]): Call {
  const inputs = (typeof node[0] === 'string' ? [node] : node) as [string, number, number, Json?][];
  const kwargs = Object.assign({}, ...inputs.map((input) => input[3] ?? {})) as Json;
  const operands: Call['operands'] = inputs.map((input) => reference(input));
  for (const name of ['x', 'y', 'b']) {
    const value = kwargs[name];
    if (typeof value === 'number') operands.push(value);
    else if (isReference(value)) operands.push(reference(value));
  }
  return { operands, training: kwargs['training'] as boolean | undefined };
}

function keras3Call(node: unknown, name: string): Call {
  const { args, kwargs } = node as { args?: unknown[]; kwargs?: Json };
  const operands: Call['operands'] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'number') operands.push(value);
    else if (isTensor(value)) operands.push(reference(value.config.keras_history));
    else if (value !== null && typeof value === 'object') {
      throw new GradbookError(
        `layer '${name}' takes its inputs by name or from a constant: ${JSON.stringify(value).slice(0, 80)} cannot be imported`,
        'unsupported-layer',
      );
    }
  };
  (args ?? []).forEach(visit);
  for (const [key, value] of Object.entries(kwargs ?? {})) {
    if (key !== 'training' && key !== 'mask') visit(value);
  }
  return { operands, training: kwargs?.['training'] as boolean | undefined };
}

function isTensor(value: unknown): value is { config: { keras_history: unknown[] } } {
  return (value as Json | null)?.['class_name'] === '__keras_tensor__';
}

function isReference(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length >= 3 && typeof value[0] === 'string';
}

/** `[layer, node, tensor]`. */
function reference([layer, node, tensor]: unknown[]): Reference {
  return { layer: layer as string, node: node as number, tensor: tensor as number };
}

/** `input_layers` or `output_layers`: a list, or a single entry. */
export function references(value: unknown, model: string): Reference[] {
  if (isReference(value)) return [reference(value)];
  if (Array.isArray(value)) return value.flatMap((part) => references(part, model));
  throw new GradbookError(
    `model '${model}' names its inputs or outputs (${Object.keys((value ?? {}) as Json).join(', ')}): only lists can be imported`,
    'unsupported-layer',
  );
}
