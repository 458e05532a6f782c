import * as fs from 'node:fs';
import { GradbookError } from '../runtime';
import { decodeText, parseCsv } from './csv';

/** Name and types of each image. */
export interface Labels {
  names: string[];
  primary: Uint8Array;
  /** -1 where there is none. */
  secondary: Int8Array;
}

/** Columns of `labels.csv`, in the order in which the builder writes them. */
export const labelColumns = [
  'name',
  'primary_type',
  'secondary_type',
  'primary_type_index',
  'secondary_type_index',
] as const;

/**
 * Reads `pokemon_types.txt`: one type a line, the first has index 0.
 *
 * @throws GradbookError `missing-file`, `bad-encoding`, or `bad-types` where it is empty or names a type twice
 */
export function readTypes(file: string): string[] {
  const types = readText(file)
    .split(/\r\n?|\n/)
    .map((line) => line.trim())
    .filter(Boolean);
  if (types.length === 0 || new Set(types).size !== types.length || types.length > 127) {
    throw new GradbookError(
      `${file} holds ${types.length} types (${types.slice(0, 12).join(', ')}): give 1 to 127 different ones, one per line`,
      'bad-types',
    );
  }
  return types;
}

/**
 * Reads `labels.csv`, where names of types and their indexes must agree. Without a
 * secondary type, its name is empty, and its index is empty or -1 as in `labelFrame`.
 *
 * @throws GradbookError `missing-file`, `bad-encoding`, `bad-csv`, `unknown-type` or `bad-label`, with the line
 */
export function readLabels(file: string, types: readonly string[]): Labels {
  const records = parseCsv(readText(file), file);
  const head = records[0]?.fields ?? [];
  const columns = labelColumns.map((name) => {
    const at = head.indexOf(name);
    if (at < 0) {
      throw new GradbookError(
        `${file} has no column '${name}': its first line must name ${labelColumns.join(', ')}`,
        'bad-csv',
      );
    }
    return at;
  });
  const rows = records.slice(1);
  const labels: Labels = {
    names: [],
    primary: new Uint8Array(rows.length),
    secondary: new Int8Array(rows.length),
  };
  rows.forEach(({ fields, line }, row) => {
    const [name, primary, secondary, primaryIndex, secondaryIndex] = columns.map(
      (column) => fields[column]!,
    ) as [string, string, string, string, string];
    const where = `${file}, line ${line}`;
    labels.names.push(name);
    labels.primary[row] = typeIndex(primary, primaryIndex, types, where);
    const single = secondary === '' && /^(-1(\.0*)?)?$/.test(secondaryIndex);
    labels.secondary[row] = single ? -1 : typeIndex(secondary, secondaryIndex, types, where);
    if (labels.secondary[row] === labels.primary[row]) {
      throw new GradbookError(`${where}: both types are '${primary}'`, 'bad-label');
    }
  });
  return labels;
}

function typeIndex(name: string, written: string, types: readonly string[], where: string): number {
  const expected = types.indexOf(name);
  if (expected < 0) {
    throw new GradbookError(
      `${where}: unknown type '${name}'. Known: ${types.join(', ')}`,
      'unknown-type',
    );
  }
  // pandas writes a column of integers with gaps as 3.0
  const index = /^\d+(\.0*)?$/.test(written) ? Number(written) : Number.NaN;
  if (!(index < types.length)) {
    throw new GradbookError(
      `${where}: index '${written}' of type '${name}': give an integer from 0 to ${types.length - 1}`,
      'bad-label',
    );
  }
  if (index !== expected) {
    throw new GradbookError(
      `${where}: type '${name}' has index ${expected} and ${index} is written`,
      'bad-label',
    );
  }
  return index;
}

function readText(file: string): string {
  return decodeText(readBytes(file), file);
}

function readBytes(file: string): Buffer {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    throw new GradbookError(
      `${file} could not be read (${(error as NodeJS.ErrnoException).code}): a data set is data.npz, labels.csv and pokemon_types.txt in one folder`,
      'missing-file',
      { cause: error },
    );
  }
}
