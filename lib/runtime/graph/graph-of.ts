import type { Variable } from '@tensorflow/tfjs-node-gpu';
import { GradbookError } from '../errors';
import type { Attribute } from './binding';
import { fuseActivations } from './fuse';
import {
  constantNode,
  dtypes,
  type GraphNode,
  integerAttribute,
  isControl,
  nodeOf,
  placeholderNode,
  typeAttribute,
} from './graph-def';
import { opDef } from './op-defs';
import { poolFirst } from './pool-first';
import type { RecordedConstant, RecordedOp, Recording } from './recorder';
import { ResourceOrder } from './resource-order';
import type { Roles } from './roles';

/** Where an argument of the function comes from. */
export type Parameter = { name: string } & (
  | { kind: 'input'; index: number }
  | { kind: 'variable'; variable: Variable }
  | { kind: 'kept'; id: number }
  | { kind: 'made'; dtype: number; shape: number[]; makers: Maker[] }
);
export type Parameters = Parameter[];

interface Maker {
  make: () => ArrayBufferView;
  parameter: string;
  /** Index in the recording. */
  order: number;
}

export interface RecordedGraph {
  nodes: GraphNode[];
  parameters: Parameters;
  /** `node:output`. */
  outputs: string[];
  /** Nodes that run although no output needs them: updates of resources. */
  controlOutputs: string[];
}

function refuse(op: RecordedOp, what: string): GradbookError {
  const where = op.layer ? `layer ${op.layer}` : 'the step';
  return new GradbookError(`${where} ${what}`, 'not-a-function');
}

function attributeOf(op: RecordedOp, name: string): Attribute | undefined {
  return op.attributes.find((attribute) => attribute.name === name);
}

/** The input dtypes by an op's definition and attributes; 0 where they are not specified. */
function inputTypes(op: RecordedOp): number[] {
  const definition = opDef(op.name);
  if (!definition) throw refuse(op, `uses ${op.name}, which is not a TensorFlow op`);
  return definition.inputs.flatMap((input) => {
    const list = input.listAttribute && attributeOf(op, input.listAttribute);
    if (list) return [Number(list.value)];
    if (input.listAttribute) throw refuse(op, `uses ${op.name}, which takes a list of any tensors`);
    const named = input.typeAttribute && attributeOf(op, input.typeAttribute)?.value;
    const repeated = input.numberAttribute ? attributeOf(op, input.numberAttribute)?.value : 1;
    return new Array<number>(Number(repeated ?? 1)).fill(input.type || Number(named || 0));
  });
}

/** Attributes that eager ops infer from their inputs but graph nodes need explicitly. */
function missingAttributes(op: RecordedOp, types: readonly number[]) {
  const names = new Set(op.attributes.map(({ name }) => name));
  const missing = [];
  let at = 0;
  for (const input of opDef(op.name)!.inputs) {
    const { typeAttribute: name, numberAttribute } = input;
    if (name && !names.has(name)) {
      names.add(name);
      missing.push(typeAttribute(name, types[at]!));
    }
    at += numberAttribute ? Number(attributeOf(op, numberAttribute)?.value ?? 1) : 1;
  }
  return missing;
}

/** Turns a recording into a graph. Unused ops are left out. */
export function graphOf({ entries }: Recording, roles: Roles): RecordedGraph {
  const builder = new Builder(roles);
  for (const [order, entry] of entries.entries()) builder.add(entry, order);
  return builder.finish();
}

class Builder {
  private readonly nodes: GraphNode[] = [];
  private readonly parameters: Parameter[] = [];
  /** Reference and dtype of what each id of the recording holds. */
  private readonly values = new Map<number, { ref: string; dtype: number }>();
  private readonly groups = new Map<string, Parameter & { kind: 'made' }>();
  private readonly resources = new ResourceOrder();
  private readonly updates: string[] = [];
  /** What was cast before: weights and inputs are rounded once for both directions. */
  private readonly casts = new Map<string, { ref: string; dtype: number }>();

  constructor(private readonly roles: Roles) {}

  add(entry: RecordedConstant | RecordedOp, order: number): void {
    if (entry.kind === 'op') this.addOp(entry, `n${order}`);
    else if (entry.make) this.addMade(entry, entry.make, order);
    else this.addConstant(entry, `c${order}`);
  }

  finish(): RecordedGraph {
    for (const group of this.groups.values()) this.unpack(group);
    const outputs = this.roles.outputs.map((id) => {
      const { ref } = this.valueOf(id, 0);
      // Memory of the caller must not be returned as a result.
      if (ref.startsWith('n')) return ref.includes(':') ? ref : `${ref}:0`;
      throw new GradbookError('the step returns one of its inputs', 'not-a-function');
    });
    const needed = new Set<string>();
    const byName = new Map(this.nodes.map((node) => [node.name, node]));
    const visit = [...outputs, ...this.updates, ...this.parameters.map(({ name }) => name)];
    while (visit.length > 0) {
      const name = nodeOf(visit.pop()!);
      if (needed.has(name)) continue;
      needed.add(name);
      visit.push(...byName.get(name)!.inputs.filter((input) => !isControl(input)));
    }
    const nodes = this.nodes
      .filter(({ name }) => needed.has(name))
      .map((node) => ({
        ...node,
        inputs: node.inputs.filter((input) => !isControl(input) || needed.has(nodeOf(input))),
      }));
    const { parameters, updates: controlOutputs } = this;
    const fused = poolFirst(fuseActivations(nodes, outputs), outputs);
    return { nodes: fused, parameters, outputs, controlOutputs };
  }

  private parameter(parameter: Parameter, dtype: number): string {
    this.parameters.push(parameter);
    this.nodes.push(placeholderNode(parameter.name, dtype));
    return parameter.name;
  }

  private addConstant({ id, dtype, shape, values }: RecordedConstant, name: string): void {
    this.nodes.push(constantNode(name, dtype, shape, values));
    this.values.set(id, { ref: name, dtype });
  }

  /** Values of one dtype are passed as one tensor, which is split inside the function. */
  private addMade(
    { id, dtype, shape }: RecordedConstant,
    make: () => ArrayBufferView,
    order: number,
  ) {
    const key = `${dtype} ${shape}`;
    let group = this.groups.get(key);
    if (!group) {
      const name = `m${this.groups.size}`;
      group = { name, kind: 'made', dtype, shape: [0, ...shape], makers: [] };
      this.groups.set(key, group);
      this.parameter(group, dtype);
    }
    this.values.set(id, { ref: `u${group.name}:${group.makers.length}`, dtype });
    group.makers.push({ make, parameter: group.name, order });
    group.shape[0] = group.makers.length;
  }

  private unpack({ name, dtype, makers }: Parameter & { kind: 'made' }): void {
    this.nodes.push({
      name: `u${name}`,
      op: 'Unpack',
      inputs: [name],
      attributes: [
        typeAttribute('T', dtype),
        integerAttribute('num', makers.length),
        integerAttribute('axis', 0),
      ],
    });
  }

  /** The value of an id; an unknown one becomes a parameter. */
  private valueOf(id: number, dtype: number): { ref: string; dtype: number } {
    const found = this.values.get(id);
    if (found) return found;
    const value = this.fromOutside(id, dtype);
    this.values.set(id, value);
    return value;
  }

  private fromOutside(id: number, dtype: number): { ref: string; dtype: number } {
    const index = this.roles.inputs.indexOf(id);
    const handle = this.roles.resources.get(id);
    const variable = this.roles.variables.get(id);
    if (handle !== undefined) {
      const name = `r${id}`;
      if (this.resources.isUpdated(handle)) {
        throw new GradbookError('a variable is read after its update', 'not-a-function');
      }
      const resource = this.valueOf(handle, dtypes.resource).ref;
      this.nodes.push({
        name,
        op: 'ReadVariableOp',
        inputs: [resource, ...this.resources.read(handle, name)],
        attributes: [typeAttribute('dtype', dtype)],
      });
      return { ref: name, dtype };
    }
    const parameter: Parameter =
      index >= 0
        ? { name: `x${id}`, kind: 'input', index }
        : variable
          ? { name: `v${id}`, kind: 'variable', variable }
          : { name: `k${id}`, kind: 'kept', id };
    return { ref: this.parameter(parameter, dtype), dtype };
  }

  private addOp(op: RecordedOp, name: string): void {
    const types = inputTypes(op);
    const { resources } = this.roles;
    const [first] = op.inputs;
    // The resource already has that value.
    if (op.name === 'AssignVariableOp' && resources.get(op.inputs[1]!) === first) return;
    const handles = op.inputs.filter((_, i) => types[i] === dtypes.resource);
    if (opDef(op.name)!.stateful && handles.length === 0) {
      throw refuse(op, `uses ${op.name}, whose result does not depend on its inputs alone`);
    }
    const inputs = op.inputs.map((id, i) => this.valueOf(id, types[i]!));
    const reads = op.name === 'ReadVariableOp';
    const waits = reads
      ? this.resources.read(first!, name)
      : handles.flatMap((handle) => this.resources.update(handle, name));
    if (handles.length > 0 && !reads) this.updates.push(name);
    for (const { ref } of inputs) this.resources.use(ref, name);
    const known = inputs.map(({ dtype }, i) => types[i] || dtype);
    const rounded = op.name === 'Cast' ? `${inputs[0]!.ref} ${JSON.stringify(op.attributes)}` : '';
    const before = this.casts.get(rounded);
    if (before) {
      this.values.set(op.outputs[0]!.id, before);
      return;
    }
    this.nodes.push({
      name,
      op: op.name,
      inputs: [...inputs.map(({ ref }) => ref), ...new Set(waits)],
      attributes: [...op.attributes, ...missingAttributes(op, known)],
    });
    for (const [i, { id, dtype }] of op.outputs.entries()) {
      this.values.set(id, { ref: i === 0 ? name : `${name}:${i}`, dtype });
    }
    if (rounded) this.casts.set(rounded, { ref: name, dtype: op.outputs[0]!.dtype });
  }
}
