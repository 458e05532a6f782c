/** One array of weights of a network. */
export interface WeightArray {
  shape: readonly number[];
  values: Float32Array;
}

/** Arrays by `<layer>/<kind>`, such as `conv1/kernel`, `conv_dw_1_bn/moving_mean`. */
export type WeightMap = Map<string, WeightArray>;

/**
 * The key of an array of Keras or tfjs: the layer and the kind, without the network's name as a
 * prefix or TensorFlow's suffix `:0`. Keras 3 calls a depthwise kernel `kernel`, Keras 2 and tfjs
 * `depthwise_kernel`.
 */
export function weightKey(name: string): string {
  const parts = name.replace(/:\d+$/, '').split('/');
  return parts.slice(-2).join('/').replace('/depthwise_kernel', '/kernel');
}

/**
 * Arrays of a file that may hold several networks, such as two MobileNets nested in one model: by
 * the path of the network in the file, `''` where there is none.
 */
export type WeightGroups = Map<string, WeightMap>;

/** Stores an array by its path, such as `first/conv1/kernel`. */
export function addWeight(groups: WeightGroups, path: string, array: WeightArray): void {
  const key = weightKey(path);
  const parents = path.split('/').slice(0, -2);
  // Keras keeps the arrays of a layer in a group of the layer's name.
  if (parents.at(-1) === key.split('/')[0]) parents.pop();
  const network = parents.join('/');
  const group: WeightMap = groups.get(network) ?? new Map();
  groups.set(network, group.set(key, array));
}
