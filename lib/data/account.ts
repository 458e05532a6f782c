import { showsItself, table } from '../notebook';
import { countClasses } from './balance';
import type { LabelledSet } from './types';

/** A file or folder that was not read. */
export interface LeftOut {
  /** Relative to the folder that was read. */
  file: string;
  reason: string;
}

/** How many images of a class each split has. */
export interface ClassCount {
  className: string;
  train: number;
  validation: number;
  test: number;
}

/** What was read and what was left out. A notebook cell displays it as tables. */
export interface ImageFolderAccount {
  /** Splits without a folder, drawn at random. */
  drawn: readonly ('validation' | 'test')[];
  /** Images of each class, in the order of `classNames`. */
  classes: readonly ClassCount[];
  /** Classes that a split lacks though others have them; splits without any image are not listed. */
  missing: readonly MissingClasses[];
  /** Files and folders among the images that were not read, except hidden ones. */
  leftOut: readonly LeftOut[];
}

/** Classes that a split lacks. */
export interface MissingClasses {
  split: string;
  classNames: readonly string[];
}

/** An account that a cell shows as tables: images of each class, and what was not read. */
export function accountOf(parts: ImageFolderAccount): ImageFolderAccount {
  const account = { ...parts };
  // Not enumerable: comparisons and JSON contain the account only.
  Object.defineProperty(account, showsItself, { value: () => showAccount(account) });
  return account;
}

function showAccount({ drawn, classes, missing, leftOut }: ImageFolderAccount): void {
  const lacking = missing.map(({ split, classNames }) => `${split} lacks ${classNames.join(', ')}`);
  const random = drawn.length > 0 ? [`${drawn.join(' and ')} drawn at random`] : [];
  table(
    classes.map(({ className, train, validation, test }) => ({
      ...{ class: className, train, validation, test },
      total: train + validation + test,
    })),
    { caption: ['Images of each class', ...random, ...lacking].join('; '), limit: 255 },
  );
  if (leftOut.length === 0) return;
  const caption = `Not read: ${leftOut.length} ${leftOut.length === 1 ? 'entry' : 'entries'}`;
  table(leftOut, { columns: ['file', 'reason'], caption });
}

type Sets = Record<'train' | 'validation' | 'test', LabelledSet>;

/** Images of each class in each split. */
export function countSplits({ train, validation, test }: Sets): ClassCount[] {
  const [inTrain, inValidation, inTest] = [train, validation, test].map((set) =>
    countClasses(set, 'single'),
  ) as [number[], number[], number[]];
  return train.classNames.map((className, label) => ({
    className,
    train: inTrain[label]!,
    validation: inValidation[label]!,
    test: inTest[label]!,
  }));
}

/** Primary classes that one of these sets lacks and another has, for each set that is not empty. */
export function missingClasses(sets: readonly LabelledSet[]): MissingClasses[] {
  const counts = sets.map((set) => countClasses(set, 'single'));
  return sets.flatMap(({ name, count, classNames }, at) => {
    const lacking = classNames.filter(
      (_, label) => counts[at]![label] === 0 && counts.some((other) => other[label]! > 0),
    );
    return count > 0 && lacking.length > 0 ? [{ split: name, classNames: lacking }] : [];
  });
}

/** Warns which classes a split lacks, since scores on it do not measure them. */
export function reportMissing(missing: readonly MissingClasses[], advice: string): void {
  for (const { split, classNames } of missing) {
    const shown = classNames.slice(0, 10).map((name) => `'${name}'`);
    const more = classNames.length > 10 ? ` and ${classNames.length - 10} more` : '';
    console.info(`the ${split} set has no images of ${shown.join(', ')}${more}: ${advice}`);
  }
}

const refusedKinds = /\.(bmp|dib|heic|heif|jxl|jp2|svg|ico|psd|pdf|cr2|nef|arw|dng|tga|p[nbgp]m)$/i;

/** Why a file among the images was not read, by its name. */
export function reasonOf(name: string): string {
  const kind = refusedKinds.exec(name)?.[1]?.toUpperCase();
  return kind ? `${kind} is not read: save it as PNG or JPEG` : 'not an image file';
}
