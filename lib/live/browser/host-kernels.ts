import * as core from '@tensorflow/tfjs-core';

/** What is used of a backend of tfjs that holds its values in memory. */
interface HostBackend {
  readSync(id: object): Float32Array;
  write(values: unknown, shape: number[], dtype: string): object;
  makeTensorInfo(shape: number[], dtype: string, values: unknown): core.TensorInfo;
  disposeData(id: object): void;
}

/**
 * Kernels of the backend `wasm` that are computed by the backend `cpu` instead: those that it lacks, and
 * `MaxPoolGrad`. Where several values of a window are the maximum, as in a window of zeros behind a
 * ReLU, tfjs 4.22's own for `wasm` gives the slope to each of them and not to one: the mean of the
 * slopes, and with it Grad-CAM, comes out wrong.
 */
const wrong: ReadonlySet<string> = new Set(['MaxPoolGrad']);

/** Registers those kernels. Both backends must be registered, and `wasm` not in use yet. */
export function completeWasm(): void {
  const own = new Set(core.getKernelsForBackend('wasm').map(({ kernelName }) => kernelName));
  for (const { kernelName, kernelFunc } of core.getKernelsForBackend('cpu')) {
    if (own.has(kernelName) && !wrong.has(kernelName)) continue;
    if (own.has(kernelName)) core.unregisterKernel(kernelName, 'wasm');
    core.registerKernel({
      kernelName,
      backendName: 'wasm',
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
