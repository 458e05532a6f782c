export { bfloat16Op, isRounded, keepRounded } from './bfloat16';
export {
  allowTf32,
  type EngineInfo,
  engineDevice,
  engineInfo,
  needsDeterministicOps,
  releaseMemory,
  type Tfjs,
  tf,
} from './engine';
export { setEngineDefaults } from './engine-defaults';
export { type Environment, environment } from './environment';
export { GradbookError } from './errors';
export { pointOfRun, setExecutedCode } from './executed-code';
export { removeTemporaries, writeFileAtomic } from './files';
export {
  changesEachStep,
  difference,
  isRecording,
  nextScalarChanges,
  nodeBackend,
  type OutputInfo,
  RecordedFunction,
  type Recording,
  type Roles,
  record,
  tensorId,
  unrecorded,
} from './graph';
export { interrupt, interruptCount, interruptSince, onInterrupt } from './interrupt';
export { attributesOf, hasNativeOps, nativeOp, type OpAttribute } from './native-op';
export { explainMemory } from './out-of-memory';
export { getSeed, nextSeed, Random, random, setSeed } from './random';
export { inWorkspace, root } from './root';
export { sharedState } from './shared-state';
export { usedPrecisions } from './used-precisions';
