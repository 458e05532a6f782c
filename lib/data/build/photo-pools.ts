import type { Picture } from '../pictures';

/** The photos of the training rows, and those of the test rows. */
export interface PhotoPools {
  train: readonly Picture[];
  test: readonly Picture[];
}

/**
 * Keeps every fifth of the user's photos for the test set, so that it says what a photo that training
 * has not seen would. Fewer than five serve both.
 */
export function splitPhotos(photos: readonly Picture[]): PhotoPools {
  if (photos.length < 5) return { train: photos, test: photos };
  return {
    train: photos.filter((_, i) => i % 5 !== 4),
    test: photos.filter((_, i) => i % 5 === 4),
  };
}
