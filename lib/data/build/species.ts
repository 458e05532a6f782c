import * as fs from 'node:fs';
import { GradbookError, inWorkspace } from '../../runtime';
import { parseCsv } from '../csv';

/** A form that the data set may show: a species, its types and its icon. */
export interface Form {
  name: string;
  primary: string;
  /** Empty where there is none. */
  secondary: string;
  /** File name of the icon, without `.png`. */
  icon: string;
}

/** The ten types in the order of their indexes. */
export const pokemonTypes = [
  'Bug',
  'Fighting',
  'Fire',
  'Flying',
  'Grass',
  'Ground',
  'Normal',
  'Poison',
  'Rock',
  'Water',
] as const;

/** Reads the 116 forms of `data/species.csv`. */
export function readForms(file = inWorkspace('data/species.csv')): Form[] {
  const [, ...records] = parseCsv(fs.readFileSync(file, 'utf8'), file);
  return records.map(({ fields, line }) => {
    const [name, primary, secondary, icon] = fields as [string, string, string, string];
    for (const type of [primary, secondary].filter(Boolean)) {
      if (!(pokemonTypes as readonly string[]).includes(type)) {
        throw new GradbookError(`${file}, line ${line}: unknown type '${type}'`, 'unknown-type');
      }
    }
    return { name, primary, secondary, icon };
  });
}
