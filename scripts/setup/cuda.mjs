import * as fs from 'node:fs';
import * as path from 'node:path';

/**
 * NVIDIA's libraries that TensorFlow's GPU build opens: the functions `Get…DsoHandle` of its
 * `tsl/platform/default/dso_loader.cc`, the file each opens, the folder of the wheel that brings it,
 * and that wheel. A GPU is used only where all but the last two are found.
 */
export const cudaLibraries = [
  ['CudaRuntime', 'libcudart.so.12', 'cuda_runtime', 'nvidia-cuda-runtime-cu12'],
  ['Cublas', 'libcublas.so.12', 'cublas', 'nvidia-cublas-cu12'],
  ['CublasLt', 'libcublasLt.so.12', 'cublas', 'nvidia-cublas-cu12'],
  ['Cufft', 'libcufft.so.11', 'cufft', 'nvidia-cufft-cu12'],
  ['Cusolver', 'libcusolver.so.11', 'cusolver', 'nvidia-cusolver-cu12'],
  ['Cusparse', 'libcusparse.so.12', 'cusparse', 'nvidia-cusparse-cu12'],
  ['Cudnn', 'libcudnn.so.9', 'cudnn', 'nvidia-cudnn-cu12'],
  ['Cupti', 'libcupti.so.12', 'cuda_cupti', 'nvidia-cuda-cupti-cu12'],
  ['Nccl', 'libnccl.so.2', 'nccl', 'nvidia-nccl-cu12'],
].map(([opener, file, folder, wheel]) => ({
  opener: String(opener),
  file: String(file),
  folder: String(folder),
  wheel: String(wheel),
}));

/** Wheels that bring what the libraries above open or call in their turn, and TensorFlow's extra `and-cuda` names. */
export const otherWheels = [
  'nvidia-cuda-nvcc-cu12', // ptxas, for XLA
  'nvidia-cuda-nvrtc-cu12', // cuDNN
  'nvidia-curand-cu12', // nobody in TensorFlow 2.21
  'nvidia-nvjitlink-cu12', // cuSOLVER and cuSPARSE
];

// libtensorflow_framework, which opens them, looks in all these folders but cuSOLVER's: that one is
// missing from its RUNPATH, and then no GPU is used. So it lies in cuSPARSE's folder as well. From
// there it finds its own needs, since both folders are equally deep.
const missing = { file: 'libcusolver.so.11', at: 'cusolver', also: 'cusparse' };

/** @param {string} engine folder of the GPU build */
function paths(engine) {
  const { file, at, also } = missing;
  return {
    target: path.join(engine, 'nvidia', at, 'lib', file),
    link: path.join(engine, 'nvidia', also, 'lib', file),
  };
}

/**
 * Whether TensorFlow finds what lies where it does not look; true where there are no CUDA libraries.
 *
 * @param {string} engine
 */
export function isCudaLinked(engine) {
  const { target, link } = paths(engine);
  return !fs.existsSync(target) || fs.existsSync(link);
}

/**
 * Puts a link to what lies where TensorFlow does not look. The workspace may be moved.
 *
 * @param {string} engine
 */
export function linkCuda(engine) {
  if (isCudaLinked(engine)) return;
  const { target, link } = paths(engine);
  fs.rmSync(link, { force: true });
  fs.symlinkSync(path.relative(path.dirname(link), target), link);
}
