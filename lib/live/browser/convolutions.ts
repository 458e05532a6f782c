import type { LayersModel, Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { leafLayers } from '../../ops';
import { tf } from '../../runtime';

interface Convolution {
  kernel: { read(): Tensor4D };
  bias?: { read(): Tensor } | null;
  strides: [number, number];
  padding: string;
  dataFormat: string;
  dilationRate: number | number[];
  activation: { apply(x: Tensor): Tensor } | null;
  call(inputs: Tensor | Tensor[], kwargs: object): Tensor | Tensor[];
}

/**
 * Lets the network's convolutions compute filter, bias and activation one after the other, as ordinary
 * ops. tfjs computes them as one whose gradient includes that of the filter, wanted or not, which takes
 * as long again and which the backend `wasm` does not know. The values are the same.
 */
export function withPlainConvolutions(model: LayersModel): void {
  for (const layer of leafLayers(model)) {
    const one = layer as unknown as Convolution;
    const rates = [one.dilationRate ?? 1].flat();
    const plain = layer.getClassName() === 'Conv2D' && one.dataFormat === 'channelsLast';
    if (!plain || rates.some((rate) => rate !== 1)) continue;
    one.call = (inputs) =>
      tf.tidy(() => {
        const x = (Array.isArray(inputs) ? inputs[0]! : inputs) as Tensor4D;
        const { kernel, bias, strides, padding, activation } = one;
        const product = tf.conv2d(x, kernel.read(), strides, padding as 'same' | 'valid');
        const sum = bias ? product.add(bias.read()) : product;
        return activation ? activation.apply(sum) : sum;
      });
  }
}
