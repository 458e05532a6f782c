import type { GradConfig, KernelConfig, KernelFunc } from '@tensorflow/tfjs-node-gpu';
import { sharedState, tf } from '../runtime';

// The original members of tfjs, stored where a second copy of `lib` in the same process finds them:
// a replacement is always made from the original, never from another replacement.
const originals = sharedState('ops-originals', () => ({
  members: new Map<object, Map<string, PropertyDescriptor>>(),
  gradients: new Map<string, GradConfig>(),
  kernels: new Map<string, KernelConfig>(),
}));

/** The original property descriptor of a member, whether it is replaced now or not. */
function originalOf(owner: object, member: string): PropertyDescriptor {
  let members = originals.members.get(owner);
  if (!members) {
    members = new Map();
    originals.members.set(owner, members);
  }
  let descriptor = members.get(member);
  if (!descriptor) {
    descriptor = Object.getOwnPropertyDescriptor(owner, member)!;
    members.set(member, descriptor);
  }
  return descriptor;
}

/** A method of a tfjs prototype, replaced while `enable` holds. */
export function methodPatch<This, Args extends unknown[], Result>(
  owner: () => object,
  method: string,
  replacement: (original: (this: This, ...args: Args) => Result, self: This, args: Args) => Result,
) {
  return {
    enable() {
      const descriptor = originalOf(owner(), method);
      const original = descriptor.value as (this: This, ...args: Args) => Result;
      Object.defineProperty(owner(), method, {
        ...descriptor,
        value: function (this: This, ...args: Args): Result {
          return replacement(original, this, args);
        },
      });
    },
    disable() {
      Object.defineProperty(owner(), method, originalOf(owner(), method));
    },
  };
}

/** A setter of a tfjs prototype, replaced while `enable` holds. */
export function setterPatch<This>(
  owner: () => object,
  property: string,
  replacement: (self: This, value: unknown) => void,
) {
  return {
    enable() {
      const descriptor = originalOf(owner(), property);
      Object.defineProperty(owner(), property, {
        ...descriptor,
        set(this: This, value: unknown) {
          replacement(this, value);
        },
      });
    },
    disable() {
      Object.defineProperty(owner(), property, originalOf(owner(), property));
    },
  };
}

/** The gradient that tfjs itself registered for one of its kernels. */
export function originalGradient(kernelName: string): GradConfig {
  return originals.gradients.get(kernelName) ?? tf.getGradient(kernelName);
}

/** The gradient of one of tfjs's own kernels, replaced while `enable` holds. */
export function gradientPatch(config: GradConfig) {
  const name = config.kernelName;
  const replace = (other: GradConfig) => {
    if (tf.getGradient(name)) tf.unregisterGradient(name);
    tf.registerGradient(other);
  };
  return {
    enable() {
      if (!originals.gradients.has(name)) originals.gradients.set(name, tf.getGradient(name));
      replace(config);
    },
    disable() {
      const original = originals.gradients.get(name);
      if (original) replace(original);
    },
  };
}

/** One of tfjs's own kernels on a backend, replaced while `enable` holds. */
export function kernelPatch(
  kernelName: string,
  backendName: string,
  replacement: (original: KernelFunc, call: Parameters<KernelFunc>[0]) => ReturnType<KernelFunc>,
) {
  const key = `${backendName} ${kernelName}`;
  const put = (kernel: KernelConfig) => {
    tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel(kernel);
  };
  return {
    enable() {
      const original = originals.kernels.get(key) ?? tf.getKernel(kernelName, backendName);
      if (!original) return;
      originals.kernels.set(key, original);
      const { kernelFunc } = original;
      put({ ...original, kernelFunc: (call) => replacement(kernelFunc, call) });
    },
    disable() {
      const original = originals.kernels.get(key);
      if (original) put(original);
    },
  };
}

/** Registers an additional kernel with its gradient; repeated after `lib` was reloaded. */
export function defineKernel(kernel: KernelConfig, gradient: Omit<GradConfig, 'kernelName'>): void {
  const { kernelName, backendName } = kernel;
  if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
  if (tf.getGradient(kernelName)) tf.unregisterGradient(kernelName);
  tf.registerKernel(kernel);
  tf.registerGradient({ kernelName, ...gradient });
}

/** The prototype of the layer, activation or regularizer class that tfjs saves under this name. */
export function prototypeOf(className: string): object {
  const entry = tf.serialization.SerializationMap.getMap().classNameMap[className];
  if (!entry) throw new Error(`tfjs has no class ${className}`);
  return entry[0].prototype as object;
}
