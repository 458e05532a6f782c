import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { progress } from '../../notebook';
import {
  environment,
  GradbookError,
  interruptCount,
  interruptSince,
  inWorkspace,
} from '../../runtime';
import { labelColumns } from '../labels';
import type { Picture } from '../pictures';
import { type Composed, compose } from './compose';
import { readIcon } from './icons';
import { packNpz } from './npz-write';
import { readPanorama, testPanoramas, trainingPanoramas } from './panoramas';
import { type PhotoPools, splitPhotos } from './photo-pools';
import { readPhotos } from './photos';
import { type BuildPlan, type BuildRecord, dataFiles, isBuilt, sha256, stampFile } from './record';
import { checkReplaceable, replaceFolder } from './replace-folder';
import { type Form, pokemonTypes, readForms } from './species';

/** What `buildPokemon` makes. */
export interface BuildOptions {
  /** The same seed gives the same files, byte for byte. Default 1. */
  seed?: number;
  /** Number of images. Default 4500. */
  count?: number;
  /** Side of an image in pixels, more than the largest sprite has. Default 64. */
  size?: number;
  /** Folder of your own photos; with five or more, a fifth of them is reserved for the test set. Default: the CC0 panoramas. */
  photos?: string;
  /** Wider photos are resized to this width first. Default 0: no resizing. */
  photoWidth?: number;
  /** Output folder. Default: `GRADBOOK_DATA`, or `data/pokemon`. */
  out?: string;
  /** Builds again where the same data set is there already. Default false. */
  force?: boolean;
}

/** What `buildPokemon` did. */
export interface BuildResult {
  dir: string;
  record: BuildRecord;
  /** False where the data set was there already. */
  built: boolean;
}

/**
 * Builds the pokémon data set: `data.npz`, `labels.csv`, `pokemon_types.txt`, and `build.json`,
 * which records what they were made of. They appear together or not at all.
 *
 * @throws GradbookError for an option out of range, for photos that cannot be used, and
 *   `foreign-folder` where `out` holds files that were not built here
 */
export async function buildPokemon(options: BuildOptions = {}): Promise<BuildResult> {
  const interrupts = interruptCount();
  const { seed = 1, count = 4500, size = 64, photoWidth = 0, force = false } = options;
  const dir = options.out ? inWorkspace(options.out) : environment().dataDir;
  wholeNumber('seed', seed, 0, 2 ** 32 - 1);
  wholeNumber('count', count, 1, 1_000_000);
  wholeNumber('size', size, 1, 4096);
  wholeNumber('photoWidth', photoWidth, 0, 65_536);
  const names = [...dataFiles, stampFile];
  checkReplaceable(dir, names);

  const own = options.photos
    ? await readPhotos(inWorkspace(options.photos), { size, photoWidth })
    : undefined;
  const plan: BuildPlan = {
    recipe: 2,
    ...{ seed, count, size },
    photos: own ? fingerprint(own) : 'panoramas',
    testRows: testRows(count),
    testPhotos: own ? namesOf(splitPhotos(own).test) : [...testPanoramas],
    versions: packageVersions(),
  };
  const present = force ? undefined : isBuilt(dir, plan);
  if (present) return { dir, record: present, built: false };

  const bar = progress({ label: 'building the data set', total: count, unit: 'image' });
  try {
    const forms = readForms();
    const sprites = await Promise.all(forms.map(({ icon }) => readIcon(icon)));
    const pools: PhotoPools = own
      ? splitPhotos(own)
      : {
          train: trainingPanoramas.flatMap(readPanorama),
          test: testPanoramas.flatMap(readPanorama),
        };
    const { train: photos, test: testPhotos } = pools;
    const testCount = testRows(count);
    const composed = compose({ seed, count, size, sprites, photos, testPhotos, testCount });
    const contents = {
      'data.npz': await packPictures(composed, size, async (pictures) => {
        bar.update(pictures);
        await breathe(interrupts);
      }),
      'labels.csv': [Buffer.from(labelsCsv(composed, forms))],
      'pokemon_types.txt': [Buffer.from(`${pokemonTypes.join('\n')}\n`)],
    };
    const record = recordOf(plan, contents);
    const stamp = [Buffer.from(`${JSON.stringify(record, null, 2)}\n`)];
    replaceFolder(dir, names, (folder) => {
      for (const name of dataFiles) writeParts(path.join(folder, name), contents[name]);
      writeParts(path.join(folder, stampFile), stamp);
    });
    bar.done();
    return { dir, record, built: true };
  } catch (error) {
    bar.fail('');
    throw error;
  }
}

/** Packs images and masks; `onPicture` is called with the number packed so far. */
function packPictures(
  { images, masks, forms }: Composed,
  size: number,
  onPicture: (pictures: number) => Promise<void>,
): Promise<Uint8Array[]> {
  const count = forms.length;
  const arrays = [
    { name: 'images', shape: [count, size, size, 3], bytes: images, divisor: 255 },
    { name: 'masks', shape: [count, size, size, 1], bytes: masks, divisor: 1 },
  ];
  const valuesAPicture = size * size * 4;
  return packNpz(arrays, (values) => onPicture(Math.floor(values / valuesAPicture)));
}

/** Yields, so that the bar is drawn and an interrupt is noticed. */
async function breathe(interrupts: number): Promise<void> {
  await new Promise(setImmediate);
  if (interruptSince(interrupts)) {
    throw new GradbookError('the build was interrupted: nothing was written', 'interrupted');
  }
}

function labelsCsv(composed: Composed, forms: readonly Form[]): string {
  const index = (type: string) => (pokemonTypes as readonly string[]).indexOf(type);
  const lines = Array.from(composed.forms, (form) => {
    const { name, primary, secondary } = forms[form]!;
    return [name, primary, secondary, index(primary), secondary ? index(secondary) : ''].join(',');
  });
  return `${[labelColumns.join(','), ...lines].join('\n')}\n`;
}

function recordOf(plan: BuildPlan, contents: Record<string, Uint8Array[]>): BuildRecord {
  const files: BuildRecord['files'] = {};
  for (const [name, parts] of Object.entries(contents)) {
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    files[name] = { bytes, sha256: sha256(parts) };
  }
  return { ...plan, files };
}

function packageVersions(): Record<string, string> {
  const packages = ['pokesprite-images', '@pmndrs/assets', 'parse-exr', 'fflate'];
  return Object.fromEntries(packages.map((name) => [name, versionOf(name)]));
}

function versionOf(name: string): string {
  const manifest = inWorkspace('node_modules', name, 'package.json');
  return (JSON.parse(fs.readFileSync(manifest, 'utf8')) as { version: string }).version;
}

/** Names a pool of photos by its content, not by its path. */
function fingerprint(photos: readonly Picture[]): string {
  const hash = crypto.createHash('sha256');
  for (const { width, height, rgb } of photos) hash.update(`${width}x${height}`).update(rgb);
  return `${photos.length} photos, sha256 ${hash.digest('hex')}`;
}

/** The rows at the end that are the test set, as `loadPokemon` takes them: 500 of 4,500. */
function testRows(count: number): number {
  return Math.max(1, Math.round(count / 9));
}

function namesOf(photos: readonly Picture[]): string[] {
  return photos.map(({ name }) => name);
}

function writeParts(file: string, parts: readonly Uint8Array[]): void {
  const handle = fs.openSync(file, 'wx');
  try {
    for (const part of parts) fs.writeFileSync(handle, part);
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

function wholeNumber(name: string, value: number, least: number, most: number): void {
  if (!(Number.isInteger(value) && value >= least && value <= most)) {
    throw new GradbookError(
      `${name} ${value}: give an integer from ${least} to ${most}`,
      'bad-option',
    );
  }
}
