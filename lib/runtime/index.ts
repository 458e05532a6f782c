export { type EngineInfo, engineInfo, type Tfjs, tf } from './engine';
export { type Environment, environment } from './environment';
export { GradbookError } from './errors';
export { removeTemporaries, writeFileAtomic } from './files';
export { interrupt, interruptCount, interruptSince, onInterrupt } from './interrupt';
export { hasNativeOps, nativeOp, type OpAttribute } from './native-op';
export { getSeed, nextSeed, Random, random, setSeed } from './random';
export { inWorkspace, root } from './root';
export { sharedState } from './shared-state';
