import * as fs from 'node:fs';
import * as path from 'node:path';
import { GradbookError } from '../runtime';
import { type LeftOut, reasonOf } from './account';
import { checkLink, pictureFiles, pictureKinds } from './pictures';

export type Part = 'train' | 'validation' | 'test';

/** An image file, its class, and the split of its folder; null in a folder without splits. */
export interface LabelledFile {
  file: string;
  label: number;
  part: Part | null;
}

/** What a folder of images holds. */
export interface FolderListing {
  classNames: string[];
  files: LabelledFile[];
  /** Files and folders that are not read, hidden ones apart. */
  leftOut: LeftOut[];
}

const mostClasses = 255;

const partOf = new Map<string, Part>([
  ['train', 'train'],
  ...['validation', 'valid', 'val'].map((name) => [name, 'validation'] as const),
  ['test', 'test'],
]);

/**
 * Lists the image files of a folder: one folder per class, or `train/` and further splits (`test/`,
 * and one of `validation/`, `valid/` and `val/`) with the class folders in them.
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
  addOutside(listing, folder, folder);
  if (!isSplit) {
    addClasses(listing, folder, folder, null, least);
    return listing;
  }
  const seen = new Map<Part, string>();
  for (const name of top) {
    const part = partOf.get(name);
    if (!part) {
      listing.leftOut.push({
        file: `${name}/`,
        reason: 'no split: train, validation, val, valid or test',
      });
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
    addOutside(listing, folder, dir);
    addClasses(listing, folder, dir, part, part === 'train' ? least : 0);
    if (!listing.files.some((file) => file.part === part)) {
      throw new GradbookError(
        `${dir} has no images in class folders: put them in folders named as those of train/, or remove ${name}/`,
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
        `class '${name}' has ${files.length} images: give at least ${least} ${pictureKinds} files in ${own}`,
        'too-few-pictures',
      );
    }
    for (const file of files) listing.files.push({ file, label, part });
    const taken = new Set(files);
    for (const found of fs.existsSync(own) ? visible(own) : []) {
      const file = path.join(own, found);
      if (taken.has(file)) continue;
      const isFolder = fs.existsSync(file) && fs.statSync(file).isDirectory();
      const reason = isFolder ? 'a folder inside a class folder' : reasonOf(found);
      listing.leftOut.push({ file: path.relative(folder, file), reason });
    }
  });
}

/** Adds the files beside the class folders. */
function addOutside(listing: FolderListing, folder: string, dir: string): void {
  for (const found of visible(dir)) {
    const file = path.join(dir, found);
    if (fs.statSync(file).isDirectory()) continue;
    const reason = 'a file outside the class folders';
    listing.leftOut.push({ file: path.relative(folder, file), reason });
  }
}

function visible(dir: string): string[] {
  return fs
    .readdirSync(dir)
    .filter((name) => !name.startsWith('.'))
    .sort();
}

function foldersIn(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return visible(folder).filter((name) => {
    checkLink(path.join(folder, name));
    return fs.statSync(path.join(folder, name)).isDirectory();
  });
}

function classFolders(folder: string): string[] {
  const names = foldersIn(folder);
  if (names.length < 2 || names.length > mostClasses) {
    throw new GradbookError(
      `${folder} has ${names.length} class folders: give 2 to ${mostClasses}, one per class, with the images in them`,
      'no-classes',
    );
  }
  return names;
}
