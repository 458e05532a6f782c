import { binding } from './binding';
import { readFields, textOf } from './protobuf';

/** One input of an op: a tensor, `attrs[number]` of them, or a list of those of several dtypes. */
export interface OpInput {
  /** Number of the dtype; 0 where an attribute names it. */
  type: number;
  typeAttribute: string;
  numberAttribute: string;
  listAttribute: string;
}

/** An op's entry in TensorFlow's registry. */
export interface OpDef {
  inputs: OpInput[];
  /** Whether it has side effects. */
  stateful: boolean;
}

let messages: Map<string, Uint8Array> | undefined;
const known = new Map<string, OpDef>();

/**
 * The definition of an op (`OpDef` in TensorFlow's `op_def.proto`); undefined for one that
 * TensorFlow does not have.
 */
export function opDef(name: string): OpDef | undefined {
  const found = known.get(name);
  if (found) return found;
  messages ??= new Map(
    readFields(binding().opList()).map(({ value }) => {
      const message = value as Uint8Array;
      return [textOf(readFields(message).find(({ field }) => field === 1)!), message];
    }),
  );
  const message = messages.get(name);
  if (!message) return undefined;
  const definition: OpDef = { inputs: [], stateful: false };
  for (const { field, value } of readFields(message)) {
    if (field === 2) definition.inputs.push(inputOf(value as Uint8Array));
    if (field === 17) definition.stateful = value !== 0;
  }
  known.set(name, definition);
  return definition;
}

function inputOf(message: Uint8Array): OpInput {
  const input = { type: 0, typeAttribute: '', numberAttribute: '', listAttribute: '' };
  for (const part of readFields(message)) {
    if (part.field === 3) input.type = part.value as number;
    if (part.field === 4) input.typeAttribute = textOf(part);
    if (part.field === 5) input.numberAttribute = textOf(part);
    if (part.field === 6) input.listAttribute = textOf(part);
  }
  return input;
}
