import type { DataFrame } from 'danfojs-node';
import { tf } from '../runtime';
import { countClasses } from './balance';
import type { LabelledSet } from './types';

/**
 * The labels of a data set as a danfo DataFrame, one row per image: `row` (in the data set as it was
 * read), `name`, `primary_type`, `secondary_type` (empty where there is none) and their indexes (-1
 * where there is none). Loads libtensorflow, which danfo needs.
 */
export function labelFrame(set: LabelledSet): DataFrame {
  const nameOf = (label: number) => (label < 0 ? '' : set.classNames[label]!);
  return frame([
    ['row', 'int32', Array.from(set.rows)],
    ['name', 'string', set.names],
    ['primary_type', 'string', Array.from(set.primary, nameOf)],
    ['secondary_type', 'string', Array.from(set.secondary, nameOf)],
    ['primary_type_index', 'int32', Array.from(set.primary)],
    ['secondary_type_index', 'int32', Array.from(set.secondary)],
  ]);
}

/**
 * How many images each class has, as a danfo DataFrame, one row per class: `primary` counts the
 * images with it as the primary type, `any` those with it as either type; the shares are parts of
 * all images.
 */
export function classCounts(set: LabelledSet): DataFrame {
  const primary = countClasses(set, 'single');
  const any = countClasses(set, 'multi');
  const share = (count: number) => count / Math.max(1, set.count);
  return frame([
    ['type', 'string', set.classNames],
    ['primary', 'int32', primary],
    ['primary_share', 'float32', primary.map(share)],
    ['any', 'int32', any],
    ['any_share', 'float32', any.map(share)],
  ]);
}

/**
 * How many images each pair of types has, as a danfo DataFrame: one row a primary type, one column
 * a secondary type, `none` for those without. Where a class is called `primary_type` or `none`, that
 * name is the class's, and the column of the frame is `(primary_type)` or `(none)`.
 */
export function pairTable(set: LabelledSet): DataFrame {
  const names = set.classNames;
  const counts = ['', ...names].map(() => names.map(() => 0));
  for (let i = 0; i < set.count; i++) counts[set.secondary[i]! + 1]![set.primary[i]!]!++;
  const columns = [unlike(names, 'none'), ...names];
  return frame([
    [unlike(names, 'primary_type'), 'string', names],
    ...columns.map((name, at): Column => [name, 'int32', counts[at]!]),
  ]);
}

function unlike(taken: readonly string[], name: string): string {
  return taken.includes(name) ? unlike(taken, `(${name})`) : name;
}

type Column = [
  name: string,
  dtype: 'int32' | 'float32' | 'string',
  values: readonly (string | number)[],
];

function frame(columns: readonly Column[]): DataFrame {
  // danfo imports tfjs itself: `lib/runtime` comes first, since it patches tfjs for newer Node
  // versions and for the seed.
  void tf.version;
  const danfo = require('danfojs-node') as typeof import('danfojs-node');
  const names = columns.map(([name]) => name);
  const dtypes = columns.map(([, dtype]) => dtype);
  const rows = (columns[0]?.[2] ?? []).map((_, row) => columns.map(([, , values]) => values[row]!));
  // danfo makes each column a property of the frame: one called `values` would shadow the frame's
  // values.
  const isMember = (name: string) => name in danfo.DataFrame.prototype || name.startsWith('$');
  const safe = names.map((name, at) => (isMember(name) ? `column ${at}: ${name}` : name));
  const made = new danfo.DataFrame(rows, { columns: safe, dtypes });
  (made as unknown as { $setColumnNames(names: string[]): void }).$setColumnNames(names);
  return made;
}
