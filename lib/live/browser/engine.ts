import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import type { EngineInfo, Tfjs } from '../../runtime';

// Replaces in a browser `lib/runtime/engine.ts`: the same names, from tfjs alone.

export type { EngineInfo, Tfjs };

/** tfjs without libtensorflow. */
export const tf = { ...core, ...layers } as unknown as Tfjs;

/** Of TensorFlow on a GPU: there is none here. */
export function allowTf32(): void {}

/** Never: this concerns TensorFlow on a GPU. */
export function needsDeterministicOps(): boolean {
  return false;
}

/** Names the engine in use. */
export function engineInfo(): EngineInfo {
  return {
    tensorflow: 'none',
    tfjs: core.version_core,
    node: 'none',
    backend: core.getBackend(),
    device: 'CPU',
    cores: navigator.hardwareConcurrency,
  };
}
