export { type Explanation, explain } from './explain';
export { allLayers, convolutionLayers, findLayer, spatialLayers } from './layers';
export { type CamMethod, camMethods, type ExplainOptions, needsLayer } from './options';
export type { MapStatus } from './scale';
export type { Targets } from './targets';
