import { install } from './install';

export { asCompiled, changedSinceCompile, constrain } from './compiled-trainable';
export {
  sigmoidCrossEntropy,
  sigmoidCrossEntropyOfLabels,
  softmaxCrossEntropy,
} from './cross-entropy';
export { type FoldedNetwork, type FoldOptions, foldBatchNorm } from './fold';
export { useNativeOps } from './install';
export { activationOf, type LogitActivation, logitsOf } from './logits';
export * from './optimizers';
export { type ComputePrecision, type Precision, withPrecision } from './precision';
export { bfloat16Gain, resolvePrecision, setPrecision } from './resolve-precision';
export { type StepBody, StepFunction, type StepFunctionOptions } from './step-function';
export * from './structure';
export type { NativeOps } from './switches';

install();
