import * as fs from 'node:fs';
import * as path from 'node:path';
import { GradbookError } from '../runtime';
import { checkLink, pictureFiles, pictureKinds } from './pictures';

export type Part = 'train' | 'validation' | 'test';

/** A picture file, its class, and the split whose folder it lies in; null in a folder without splits. */
export interface LabelledFile {
  file: string;
  label: number;
  part: Part | null;
}

/** What a folder of pictures holds. */
export interface FolderListing {
  classNames: string[];
  files: LabelledFile[];
  /** Files and folders that are no pictures, hidden ones apart, relative to the folder. */
  leftOut: string[];
}

const mostClasses = 255;

const partOf = new Map<string, Part>([
  ['train', 'train'],
  ...['validation', 'valid', 'val'].map((name) => [name, 'validation'] as const),
  ['test', 'test'],
]);

/**
 * Lists the picture files of a folder: one folder a class, or `train/` and further splits (`test/`, and
 * one of `validation/`, `valid/` and `val/`) with the class folders in them.
 *
 * @throws GradbookError `no-classes`, `too-few-pictures`, `unknown-class`, `bad-picture` for a link to
 *   nowhere, `bad-split` for two folders of one split
 */
export function listImageFolder(folder: string, least: number): FolderListing {
  const top = foldersIn(folder);
  const isSplit =
    top.includes('train') &&
    pictureFiles(path.join(folder, 'train')).length === 0 &&
    foldersIn(path.join(folder, 'train')).length > 0;
  const classNames = classFolders(isSplit ? path.join(folder, 'train') : folder);
  const listing: FolderListing = { classNames, files: [], leftOut: [] };
  if (!isSplit) {
    addClasses(listing, folder, folder, null, least);
    return listing;
  }
  const seen = new Map<Part, string>();
  for (const name of top) {
    const part = partOf.get(name);
    if (!part) {
      listing.leftOut.push(`${name}/`);
      continue;
    }
    const other = seen.get(part);
    if (other) {
      throw new GradbookError(
        `${folder} has ${other}/ and ${name}/: give one folder for the split '${part}'`,
        'bad-split',
      );
    }
    seen.set(part, name);
    const dir = path.join(folder, name);
    const unknown = foldersIn(dir).filter((found) => !classNames.includes(found));
    if (unknown.length) {
      throw new GradbookError(
        `${dir} has class folders that train/ lacks: ${unknown.join(', ')}. The classes are ${classNames.join(', ')}`,
        'unknown-class',
      );
    }
    addClasses(listing, folder, dir, part, part === 'train' ? least : 0);
    if (!listing.files.some((file) => file.part === part)) {
      throw new GradbookError(
        `${dir} has no pictures in class folders: put them in folders named as those of train/, or remove ${name}/`,
        'too-few-pictures',
      );
    }
  }
  return listing;
}

function addClasses(
  listing: FolderListing,
  folder: string,
  dir: string,
  part: Part | null,
  least: number,
): void {
  listing.classNames.forEach((name, label) => {
    const own = path.join(dir, name);
    const files = fs.existsSync(own) ? pictureFiles(own) : [];
    if (files.length < least) {
      throw new GradbookError(
        `class '${name}' has ${files.length} pictures: give at least ${least} ${pictureKinds} files in ${own}`,
        'too-few-pictures',
      );
    }
    for (const file of files) listing.files.push({ file, label, part });
    const others = fs.existsSync(own) ? fs.readdirSync(own).sort() : [];
    const left = others.filter((found) => !found.startsWith('.'));
    for (const found of left.map((entry) => path.join(own, entry))) {
      if (!files.includes(found)) listing.leftOut.push(path.relative(folder, found));
    }
  });
}

function foldersIn(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .filter((name) => {
      checkLink(path.join(folder, name));
      return fs.statSync(path.join(folder, name)).isDirectory();
    })
    .sort();
}

function classFolders(folder: string): string[] {
  const names = foldersIn(folder);
  if (names.length < 2 || names.length > mostClasses) {
    throw new GradbookError(
      `${folder} has ${names.length} class folders: give 2 to ${mostClasses}, one a class, with the pictures in them`,
      'no-classes',
    );
  }
  return names;
}
