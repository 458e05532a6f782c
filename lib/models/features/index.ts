export { type AugmentOptions, augmentedSet } from './augment';
export { computeFeatures, type FeatureOptions, type Features } from './compute';
