export { channelsFirstLayer } from './data-format';
export { isModel, type Layer, layerUses, leafLayers } from './graph';
export { type CallReplacement, withActivations, withLogits, withReplacedCalls } from './logits';
export { checkOutputUsedOnce, type ModelOutput, modelOutput, modelOutputs } from './output';
