import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse as parseYaml } from 'yaml';
import { GradbookError } from '../../runtime';
import { type Profile, profiles } from './options';

/** Values by parameter name, as in the file. */
type Values = Record<string, unknown>;

const refused = (file: string, message: string) =>
  new GradbookError(`${file}: ${message}`, 'parameter');

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/**
 * The parameter overrides of each profile for the notebooks of a folder: the file `profiles.yaml`
 * beside the notebooks, `<notebook>: { smoke: { epochs: 1 }, full: { epochs: 22 } }`. The values of
 * `quick` are those in the notebook's own parameters cell, so quick has no entry. Without the file
 * no profile overrides anything.
 *
 * @returns the overrides of one notebook in one profile; empty where there are none
 * @throws GradbookError `parameter` when the file cannot be read or names an unknown profile
 */
export function profileValues(notebookFile: string, profile: Profile): Values {
  const file = path.join(path.dirname(notebookFile), 'profiles.yaml');
  if (!fs.existsSync(file)) return {};
  const name = path.basename(notebookFile, '.ipynb');
  const all = readProfiles(file);
  return all[name]?.[profile] ?? {};
}

function readProfiles(file: string): Record<string, Partial<Record<Profile, Values>>> {
  let read: unknown;
  try {
    read = parseYaml(fs.readFileSync(file, 'utf8')) ?? {};
  } catch (error) {
    throw refused(file, `could not be read: ${(error as Error).message.split('\n')[0]}`);
  }
  if (!isObject(read)) throw refused(file, 'must hold notebooks by name');
  for (const [notebook, overrides] of Object.entries(read)) {
    if (!isObject(overrides)) throw refused(file, `"${notebook}" must hold profiles by name`);
    for (const [profile, values] of Object.entries(overrides)) {
      if (profile === 'quick' || !profiles.includes(profile as Profile)) {
        throw refused(
          file,
          `"${notebook}" has "${profile}"; allowed are smoke and full, ` +
            'since the values of quick are those of the notebook',
        );
      }
      if (!isObject(values))
        throw refused(file, `"${notebook}", ${profile}: give names and values`);
    }
  }
  return read as Record<string, Partial<Record<Profile, Values>>>;
}
