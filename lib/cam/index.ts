export { type CompareOptions, compareMethods, type MethodScores } from './compare';
export { type Explanation, explain, explainEach } from './explain';
export {
  convolutionLayers,
  findLayer,
  type Layer,
  type PlacedLayer,
  spatialLayers,
} from './layers';
export { type CamMethod, camMethods, type ExplainOptions, needsLayer } from './options';
export { activationsOf, imageTensor, type LayerActivations } from './pictures';
export { preparedModel } from './prepared';
export { type RandomizedLayer, randomizationTest } from './randomize';
export type { MapStatus } from './scale';
export {
  type BaselineOptions,
  type FaithfulnessBaseline,
  faithfulnessBaselines,
} from './scores/baselines';
export { type Faithfulness, type FaithfulnessOptions, faithfulness } from './scores/faithfulness';
export { type Localization, localize, meanLocalization } from './scores/localization';
export {
  type MapShape,
  type MaskRanking,
  mapShape,
  meanMapScores,
  rankInMask,
} from './scores/map-shape';
export {
  type Completeness,
  completeness,
  maxSensitivity,
  type SensitivityOptions,
} from './scores/sensitivity';
export { withoutForeground } from './scores/without-foreground';
export { type MaskedImages, type ShiftRow, shiftTest } from './shift';
export type { Targets } from './targets';
