export { computeFeatures, type FeatureOptions, type Features } from './compute';
