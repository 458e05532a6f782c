import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import program from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm';
import { tf } from '../../runtime';
import { bytesOf } from '../base64';
import { completeBackend } from './host-kernels';
import type { Backend } from './protocol';

/** Each is tried in this order: a graphics card, the processor's vector unit, plain JavaScript. */
export const backends: readonly Backend[] = ['webgl', 'wasm', 'cpu'];

/** Programs that do a GPU's work on the processor: slower than `wasm`. */
const software = /swiftshader|llvmpipe|software|basic render/i;

/** Whether WebGL is there, done by a GPU, with float32 and not float16 in its textures. */
function hasCard(): boolean {
  const flags = ['HAS_WEBGL', 'WEBGL_RENDER_FLOAT32_CAPABLE', 'WEBGL_RENDER_FLOAT32_ENABLED'];
  if (typeof OffscreenCanvas === 'undefined') return false;
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!gl) return false;
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const name = info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : '';
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return !software.test(name) && flags.every((flag) => tf.env().getBool(flag));
}

let prepared = false;

/** The program is in this script; a page opened as a file can fetch nothing else. */
function prepareWasm(): void {
  if (prepared) return;
  prepared = true;
  const file = new Blob([bytesOf(program)], { type: 'application/wasm' });
  const url = URL.createObjectURL(file);
  const names = ['', '-simd', '-threaded-simd'] as const;
  // Any of the three names is this file: without shared memory tfjs asks for the second.
  setWasmPaths(Object.fromEntries(names.map((name) => [`tfjs-backend-wasm${name}.wasm`, url])));
}

/**
 * Goes over to a backend.
 *
 * @param forced takes WebGL that is done by the processor, too
 * @returns whether it works here
 */
export async function useBackend(backend: Backend, forced: boolean): Promise<boolean> {
  try {
    if (backend === 'webgl' && !forced && !hasCard()) return false;
    if (backend === 'wasm') {
      prepareWasm();
      if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) return false;
    }
    if (backend !== 'cpu') completeBackend(backend);
    if (!(await tf.setBackend(backend))) return false;
    await tf.ready();
    return tf.getBackend() === backend;
  } catch {
    return false;
  }
}
