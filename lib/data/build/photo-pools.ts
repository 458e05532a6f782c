import type { Picture } from '../pictures';

/** The photos of the training rows, and those of the test rows. */
export interface PhotoPools {
  train: readonly Picture[];
  test: readonly Picture[];
}

/**
 * Reserves every fifth of the user's photos for the test set, so that the test images have unseen
 * photos. Fewer than five photos are used for both.
 */
export function splitPhotos(photos: readonly Picture[]): PhotoPools {
  if (photos.length < 5) return { train: photos, test: photos };
  return {
    train: photos.filter((_, i) => i % 5 !== 4),
    test: photos.filter((_, i) => i % 5 === 4),
  };
}
