import { GradbookError } from '../runtime';

/**
 * The class or classes a map explains: `predicted` (the highest logit), one class for all images,
 * one class per image (typed arrays such as a data set's labels are taken too), or several classes
 * per image (all true labels of a multi-label image), whose logits are added. A model that ends in
 * one sigmoid unit has the classes 0, negative, and 1, positive.
 */
export type Targets = 'predicted' | number | ArrayLike<number> | ArrayLike<ArrayLike<number>>;

/**
 * The classes to explain, image by image.
 *
 * @param logits `[images, classes]`, row after row
 * @throws GradbookError `bad-target` when a class is out of range or the list is of another length
 */
export function resolveTargets(
  targets: Targets,
  logits: Float32Array,
  classes: number,
): number[][] {
  const images = logits.length / classes;
  const chosen = chooseClasses(targets, logits, classes, images);
  if (chosen.length !== images) {
    throw new GradbookError(
      `${chosen.length} targets for ${images} images: give one class (or list of classes) per image`,
      'bad-target',
    );
  }
  chosen.forEach((row, image) => {
    for (const target of row) {
      if (!Number.isInteger(target) || target < 0 || target >= classes) {
        throw new GradbookError(
          `class ${target} of image ${image}: the model has classes 0 to ${classes - 1}`,
          'bad-target',
        );
      }
    }
    if (row.length === 0) {
      throw new GradbookError(
        `image ${image} has no class to explain: give at least one`,
        'bad-target',
      );
    }
  });
  return chosen;
}

function chooseClasses(
  targets: Targets,
  logits: Float32Array,
  classes: number,
  images: number,
): number[][] {
  if (targets === 'predicted') {
    return Array.from({ length: images }, (_, image) => {
      const row = logits.subarray(image * classes, (image + 1) * classes);
      return [
        row.indexOf(row.reduce((best, value) => Math.max(best, value), Number.NEGATIVE_INFINITY)),
      ];
    });
  }
  if (typeof targets === 'number') return Array.from({ length: images }, () => [targets]);
  return Array.from(targets as ArrayLike<number | ArrayLike<number>>, (target) =>
    typeof target === 'number' ? [target] : Array.from(target),
  );
}

/** Multi-hot rows `[images, classes]` of the chosen classes: what the logits are multiplied by. */
export function targetMatrix(
  chosen: readonly (readonly number[])[],
  classes: number,
): Float32Array {
  const matrix = new Float32Array(chosen.length * classes);
  chosen.forEach((row, image) => {
    for (const target of row) matrix[image * classes + target] = 1;
  });
  return matrix;
}
