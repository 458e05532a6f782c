/** One array of numbers of a network. */
export interface WeightArray {
  shape: readonly number[];
  values: Float32Array;
}

/** Arrays by `<layer>/<kind>`, such as `conv1/kernel`, `conv_dw_1_bn/moving_mean`. */
export type WeightMap = Map<string, WeightArray>;

/**
 * The name under which an array of Keras or tfjs is kept: the layer and the kind, without the
 * network's own name before it or TensorFlow's `:0` behind it. Keras 3 calls a depthwise kernel
 * `kernel`, Keras 2 and tfjs `depthwise_kernel`.
 */
export function weightKey(name: string): string {
  const parts = name.replace(/:\d+$/, '').split('/');
  return parts.slice(-2).join('/').replace('/depthwise_kernel', '/kernel');
}
