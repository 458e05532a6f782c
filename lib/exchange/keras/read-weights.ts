import { GradbookError, tf } from '../../runtime';
import { type H5Dataset, type H5Group, subgroup } from './hdf5';
import { weightPaths } from './names';
import { type FileArray, type Part, type Variable, variablesOf } from './parts';

/**
 * Reads Keras 3's `.weights.h5` into the layers of a model: layers by their classes, in the order of
 * the model. Keras 2.12 and later write the same.
 *
 * @throws GradbookError `bad-weights` naming the layer whose arrays are missing or of another shape
 */
export function assignFromLayers(root: H5Group, part: Part, done = new Set<Part>()): void {
  if (done.has(part)) return;
  done.add(part);
  if (!part.inner) {
    const wanted = variables(part);
    const count = part.constants ? 2 : wanted.length;
    if (count === 0) return;
    const group = subgroup(root, 'vars');
    const arrays = Array.from({ length: count }, (_, i) => {
      const dataset = group?.keys().includes(String(i)) ? group.get(String(i)) : null;
      if (!dataset) {
        throw new GradbookError(
          `layer '${part.name}' (${part.className}) needs ${count} arrays of weights, the file has ${group?.keys().length ?? 0}`,
          'bad-weights',
        );
      }
      return arrayOf(dataset as H5Dataset);
    });
    if (part.constants) part.constants.set(arrays);
    else for (const [i, variable] of wanted.entries()) write(part, variable, arrays[i]!);
    return;
  }
  const counted = part.inner.filter(({ isLayer }) => isLayer);
  const paths = weightPaths(counted.map(({ className }) => className));
  const group = subgroup(root, 'layers') ?? subgroup(root, '_layer_checkpoint_dependencies');
  counted.forEach((inner, i) => {
    if (!needsWeights(inner) || done.has(inner)) return;
    const found = group && subgroup(group, paths[i]!);
    if (!found) {
      throw new GradbookError(
        `the file has no weights for layer '${inner.name}' (${inner.className}): ${paths[i]} is missing. It is of another model`,
        'bad-weights',
      );
    }
    assignFromLayers(found, inner, done);
  });
}

/**
 * Reads the weights of Keras's older `.h5`, by the names of the layers or, if these differ, by
 * their order.
 *
 * @throws GradbookError `bad-weights`
 */
export function assignFromGroups(root: H5Group, model: Part): void {
  const names = strings(root, 'layer_names').filter(
    (name) => weightNames(subgroup(root, name)).length > 0,
  );
  const parts = model.inner!.filter(needsWeights);
  const byName = parts.every(({ name }) => names.includes(name));
  if (!byName && names.length !== parts.length) {
    throw new GradbookError(
      `the file has weights for ${names.length} layers (${names.slice(0, 5).join(', ')}), the model needs ${parts.length} (${parts
        .slice(0, 5)
        .map(({ name }) => name)
        .join(', ')})`,
      'bad-weights',
    );
  }
  parts.forEach((part, i) => {
    const group = subgroup(root, byName ? part.name : names[i]!)!;
    const arrays = weightNames(group).map((name) => ({
      kind: kindOf(name),
      array: arrayOf(at(group, name)),
    }));
    assignGroup(part, arrays);
  });
}

interface Named {
  kind: string;
  array: FileArray;
}

/** The target of one array: a variable, or a constant of a layer. */
interface Slot {
  part: Part;
  kind: string;
  variable?: Variable;
}

function assignGroup(part: Part, arrays: Named[]): void {
  // Frozen weights come last; the flags of a model other than the saved one may differ.
  const orders = [undefined, true, false].map((flag) => slots(part, flag));
  const fits = (order: Slot[]) =>
    order.length === arrays.length &&
    order.every(({ kind, variable, part: owner }, i) => {
      const { kind: found, array } = arrays[i]!;
      return kind === found && (!variable || fitsShape(owner, variable, array));
    });
  const order = orders.find(fits);
  if (!order) {
    const needs = orders[0]!.map(
      ({ kind, variable }) => `${kind} ${variable?.shape.join('×') ?? ''}`,
    );
    const has = arrays.map(({ kind, array }) => `${kind} ${array.shape.join('×')}`);
    throw new GradbookError(
      `the weights of layer '${part.name}' (${part.className}) do not match: it needs ${needs.slice(0, 6).join(', ')} (${needs.length}), the file has ${has.slice(0, 6).join(', ')} (${has.length})`,
      'bad-weights',
    );
  }
  const constants = new Map<Part, FileArray[]>();
  order.forEach((slot, i) => {
    const { array } = arrays[i]!;
    if (slot.variable) write(slot.part, slot.variable, array);
    else constants.set(slot.part, [...(constants.get(slot.part) ?? []), array]);
  });
  for (const [owner, list] of constants) owner.constants!.set(list);
}

/** The arrays of a layer in Keras's order: trainable ones first, then the rest. */
function slots(part: Part, flag: boolean | undefined): Slot[] {
  const first: Slot[] = [];
  const last: Slot[] = [];
  const seen = new Set<Part>();
  const visit = (each: Part): void => {
    if (seen.has(each)) return;
    seen.add(each);
    if (each.inner) each.inner.forEach(visit);
    else if (each.constants)
      last.push(...each.constants.kinds.map((kind) => ({ part: each, kind })));
    else if (each.layer) {
      const { learned, kept } = variablesOf(each.layer);
      const slot = (variable: Variable): Slot => ({
        part: each,
        variable,
        kind: kindIn(each, variable),
      });
      ((flag ?? each.trainable) ? first : last).push(...learned.map(slot));
      last.push(...kept.map(slot));
    }
  };
  visit(part);
  return [...first, ...last];
}

function variables(part: Part): Variable[] {
  if (!part.layer) return [];
  const { learned, kept } = variablesOf(part.layer);
  return [...learned, ...kept];
}

function needsWeights(part: Part): boolean {
  if (part.inner) return part.inner.some(needsWeights);
  return part.constants !== undefined || variables(part).length > 0;
}

function write(part: Part, variable: Variable, array: FileArray): void {
  if (!fitsShape(part, variable, array)) {
    throw new GradbookError(
      `${kindOf(variable.originalName)} of layer '${part.name}' (${part.className}) is ${array.shape.join('×')} in the file, but the model needs ${variable.shape.join('×')}`,
      'bad-weights',
    );
  }
  const tensor = tf.tensor(array.values, variable.shape as number[]);
  variable.write(tensor);
  tensor.dispose();
}

function fitsShape(part: Part, variable: Variable, array: FileArray): boolean {
  if (variable.shape.join() === array.shape.join()) return true;
  const size = (shape: readonly (number | null)[]) => shape.reduce<number>((n, m) => n * m!, 1);
  const same = size(variable.shape) === size(array.shape);
  return part.reshaped !== undefined && isKernel(variable) && same;
}

function isKernel(variable: Variable): boolean {
  return kindOf(variable.originalName) === 'kernel';
}

function kindIn(part: Part, variable: Variable): string {
  return part.reshaped && isKernel(variable) ? part.reshaped.kind : kindOf(variable.originalName);
}

/** `conv/depthwise_kernel:0` → `kernel`: Keras 2 and 3 name these differently. */
function kindOf(name: string): string {
  const last = name.split('/').pop()!;
  return last
    .replace(/:\d+$/, '')
    .replace(/^depthwise_kernel$/, 'kernel')
    .replace(/_\d+$/, '')
    .toLowerCase();
}

function arrayOf(dataset: H5Dataset): FileArray {
  const { value } = dataset;
  const values = typeof value === 'number' ? Float32Array.of(value) : Float32Array.from(value);
  return { shape: dataset.shape ?? [], values };
}

function at(group: H5Group, path: string): H5Dataset {
  const found = path
    .split('/')
    .reduce<H5Group | H5Dataset | null>(
      (from, name) =>
        from && 'keys' in from && from.keys().includes(name) ? from.get(name) : null,
      group,
    );
  if (!found || 'keys' in found) throw new GradbookError(`no array ${path}`, 'bad-weights');
  return found;
}

function weightNames(group: H5Group | undefined): string[] {
  return group ? strings(group, 'weight_names') : [];
}

/** A list of names among the attributes, which Keras splits where it is long. */
function strings(group: H5Group, name: string): string[] {
  const { attrs } = group;
  const whole = attrs[name];
  if (whole) return list(whole.value);
  const pieces: string[] = [];
  for (let i = 0; ; i++) {
    const piece = attrs[`${name}${i}`];
    if (!piece) return pieces;
    pieces.push(...list(piece.value));
  }
}

function list(value: unknown): string[] {
  return Array.isArray(value) ? (value as string[]) : typeof value === 'string' ? [value] : [];
}
