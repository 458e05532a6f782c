import * as core from '@tensorflow/tfjs-core';

/** What is used of a backend of tfjs that holds its values in memory. */
interface HostBackend {
  readSync(id: object): Float32Array;
  write(values: unknown, shape: number[], dtype: string): object;
  makeTensorInfo(shape: number[], dtype: string, values: unknown): core.TensorInfo;
  disposeData(id: object): void;
}

/**
 * Kernels that are computed by the backend `cpu` on all others. Where several values of a window are the
 * maximum, as in a window of zeros behind a ReLU or on a plain surface, the slope belongs to the first of
 * them, as in TensorFlow. tfjs 4.22 gives it to each of them on `wasm`, so that the mean of the slopes, and
 * with it Grad-CAM, comes out wrong; and to another one on `webgl`, which moves LayerCAM by a pixel.
 */
const onHostAlways: ReadonlySet<string> = new Set(['MaxPoolGrad']);

/**
 * Lets the backend `cpu` compute what another backend lacks, and what that one computes otherwise than
 * TensorFlow does. Both must be registered, and the other not in use yet. Again, it changes nothing.
 */
export function completeBackend(backendName: 'wasm' | 'webgl'): void {
  const own = new Set(core.getKernelsForBackend(backendName).map(({ kernelName }) => kernelName));
  for (const { kernelName, kernelFunc } of core.getKernelsForBackend('cpu')) {
    if (own.has(kernelName) && !onHostAlways.has(kernelName)) continue;
    if (own.has(kernelName)) core.unregisterKernel(kernelName, backendName);
    core.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs, backend }) =>
        onHost(kernelFunc, inputs, attrs, backend as unknown as HostBackend),
    });
  }
}

function onHost(
  kernelFunc: core.KernelFunc,
  inputs: core.NamedTensorInfoMap,
  attrs: core.NamedAttrMap | undefined,
  backend: HostBackend,
): core.TensorInfo | core.TensorInfo[] {
  const host = core.findBackend('cpu') as unknown as HostBackend;
  const given = Object.entries(inputs).flatMap(([name, input]) =>
    input
      ? [[name, host.makeTensorInfo(input.shape, input.dtype, backend.readSync(input.dataId))]]
      : [],
  ) as [string, core.TensorInfo][];
  const found = kernelFunc({
    inputs: Object.fromEntries(given),
    ...(attrs ? { attrs } : {}),
    backend: host,
  });
  const outputs = [found].flat().map(({ shape, dtype, dataId }) => {
    const values = host.readSync(dataId);
    return { dataId: backend.write(values, shape, dtype), shape, dtype } as core.TensorInfo;
  });
  for (const { dataId } of [...given.map(([, info]) => info), ...[found].flat()]) {
    host.disposeData(dataId);
  }
  return Array.isArray(found) ? outputs : outputs[0]!;
}
