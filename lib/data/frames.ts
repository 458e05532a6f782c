import type { DataFrame } from 'danfojs-node';
import { tf } from '../runtime';
import { countClasses } from './balance';
import type { ImageSet } from './types';

/**
 * The labels of a data set as a danfo DataFrame, one row a picture: `row` (in the data set as it was
 * read), `name`, `primary_type`, `secondary_type` (empty where there is none) and their indexes (-1
 * where there is none). Loads libtensorflow, which danfo stands on.
 */
export function labelFrame(set: ImageSet): DataFrame {
  const nameOf = (label: number) => (label < 0 ? '' : set.classNames[label]!);
  return frame({
    row: Array.from(set.rows),
    name: [...set.names],
    primary_type: Array.from(set.primary, nameOf),
    secondary_type: Array.from(set.secondary, nameOf),
    primary_type_index: Array.from(set.primary),
    secondary_type_index: Array.from(set.secondary),
  });
}

/**
 * How many pictures each class has, as a danfo DataFrame, one row a class: `primary` counts the
 * pictures with it as the primary type, `any` those with it as either type; the shares are parts of
 * all pictures.
 */
export function classCounts(set: ImageSet): DataFrame {
  const primary = countClasses(set, 'single');
  const any = countClasses(set, 'multi');
  const share = (count: number) => count / Math.max(1, set.count);
  return frame({
    type: [...set.classNames],
    primary,
    primary_share: primary.map(share),
    any,
    any_share: any.map(share),
  });
}

/**
 * How many pictures each pair of types has, as a danfo DataFrame: one row a primary type, one column
 * a secondary type, `none` for those without.
 */
export function pairTable(set: ImageSet): DataFrame {
  const columns = ['none', ...set.classNames];
  const counts = columns.map(() => set.classNames.map(() => 0));
  for (let i = 0; i < set.count; i++) counts[set.secondary[i]! + 1]![set.primary[i]!]!++;
  const named = Object.fromEntries(columns.map((name, at) => [name, counts[at]!]));
  return frame({ primary_type: [...set.classNames], ...named });
}

function frame(columns: Record<string, (string | number)[]>): DataFrame {
  // danfo loads tfjs itself: the door comes first, for it makes newer Nodes and the seed work.
  void tf.version;
  const danfo = require('danfojs-node') as typeof import('danfojs-node');
  return new danfo.DataFrame(columns);
}
