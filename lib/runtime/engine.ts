import * as fs from 'node:fs';
import * as os from 'node:os';
import { setEngineDefaults } from './engine-defaults';
import { environment } from './environment';
import { GradbookError } from './errors';
import { restoreRemovedUtils } from './node-compat';
import { inWorkspace } from './root';
import { seedTfjs } from './seeded-tfjs';
import { sharedState } from './shared-state';

export type Tfjs = typeof import('@tensorflow/tfjs-node-gpu');

/** Versions and device of the engine. */
export interface EngineInfo {
  /** Version of libtensorflow, such as `2.21.0`. */
  tensorflow: string;
  /** Version of tfjs, such as `4.22.0`. */
  tfjs: string;
  /** Version of Node, such as `v20.20.2`. */
  node: string;
  /** tfjs's name of the backend: `tensorflow`, or `cpu` where a test chose that. */
  backend: string;
  /** `GPU` where libtensorflow found one. */
  device: 'CPU' | 'GPU';
  /** Logical processors of the machine. */
  cores: number;
}

function loadTfjs(): Tfjs {
  setEngineDefaults();
  restoreRemovedUtils();
  seedTfjs();
  try {
    const tfjs = require('@tensorflow/tfjs-node-gpu') as Tfjs;
    setTf32(tfjs, false);
    makeDeterministic(tfjs);
    return tfjs;
  } catch (error) {
    const built = fs.existsSync(
      inWorkspace('node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node'),
    );
    const reason = built ? String((error as Error).message).split('\n')[0] : 'it is not built yet';
    throw new GradbookError(
      `the TensorFlow binding could not be loaded: ${reason}. Run \`npm run setup\`, then \`npm run doctor\`.`,
      'engine',
      { cause: error },
    );
  }
}

/**
 * Enables or disables TF32 for float32 convolutions and matrix products on GPUs that support it.
 * Disabled by default, unlike in TensorFlow. Does nothing on a CPU.
 */
export function allowTf32(allowed: boolean): void {
  setTf32(tf, allowed);
}

/**
 * Gives memory that was freed back to the system. Until then it is kept for the next step, which
 * spares zeroing it page by page. Call after work that took much. Does nothing but on Linux.
 */
export function releaseMemory(): void {
  (tf.backend() as unknown as LoadedBackend).binding?.releaseMemory?.();
}

interface LoadedBackend {
  isUsingGpuDevice?: boolean;
  binding?: {
    allowTf32?(on: boolean): void;
    requireDeterminism?(on: boolean): void;
    releaseMemory?(): void;
  };
}

function setTf32(tfjs: Tfjs, allowed: boolean): void {
  (tfjs.backend() as unknown as LoadedBackend).binding?.allowTf32?.(allowed);
}

const determinism = sharedState('determinism', () => ({ onCard: false }));

/**
 * Whether only ops with deterministic GPU kernels may be used. Never on a CPU, whose kernels are
 * all deterministic.
 */
export function needsDeterministicOps(): boolean {
  return determinism.onCard;
}

function makeDeterministic(tfjs: Tfjs): void {
  const { isUsingGpuDevice, binding } = tfjs.backend() as unknown as LoadedBackend;
  if (!isUsingGpuDevice || !environment().deterministicOps) return;
  binding?.requireDeterminism?.(true);
  determinism.onCard = true;
}

let loaded: Tfjs | undefined;

/** The types of tfjs under the same name, such as `tf.Tensor` and `tf.LayersModel`. */
export declare namespace tf {
  type Tensor = import('@tensorflow/tfjs-node-gpu').Tensor;
  type Tensor1D = import('@tensorflow/tfjs-node-gpu').Tensor1D;
  type Tensor2D = import('@tensorflow/tfjs-node-gpu').Tensor2D;
  type Tensor3D = import('@tensorflow/tfjs-node-gpu').Tensor3D;
  type Tensor4D = import('@tensorflow/tfjs-node-gpu').Tensor4D;
  type Scalar = import('@tensorflow/tfjs-node-gpu').Scalar;
  type SymbolicTensor = import('@tensorflow/tfjs-node-gpu').SymbolicTensor;
  type LayersModel = import('@tensorflow/tfjs-node-gpu').LayersModel;
  type Sequential = import('@tensorflow/tfjs-node-gpu').Sequential;
  type Optimizer = import('@tensorflow/tfjs-node-gpu').Optimizer;
  type History = import('@tensorflow/tfjs-node-gpu').History;
  type Logs = import('@tensorflow/tfjs-node-gpu').Logs;
}

/**
 * The only import of tfjs in the process. libtensorflow is loaded on first use, so that a script
 * that only reads files starts at once.
 */
export const tf: Tfjs = new Proxy({} as Tfjs, {
  get(_, name) {
    loaded ??= loadTfjs();
    return Reflect.get(loaded, name);
  },
  has(_, name) {
    loaded ??= loadTfjs();
    return Reflect.has(loaded, name);
  },
});

/** The device in use. Unlike `engineInfo`, it asks the system nothing: ops may call it. */
export function engineDevice(): EngineInfo['device'] {
  const backend = tf.backend() as unknown as { isUsingGpuDevice?: boolean };
  return backend.isUsingGpuDevice ? 'GPU' : 'CPU';
}

/** Returns the engine and the device in use. Creates no tensor. */
export function engineInfo(): EngineInfo {
  const backend = tf.backend() as unknown as { binding?: { TF_Version: string } };
  return {
    tensorflow: backend.binding?.TF_Version ?? 'none',
    tfjs: tf.version.tfjs,
    node: process.version,
    backend: tf.getBackend(),
    device: engineDevice(),
    cores: os.cpus().length,
  };
}
