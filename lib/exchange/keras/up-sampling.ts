import type { serialization, Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../runtime';

type Shape = (number | null)[];

/**
 * Keras's bilinear UpSampling2D, which uses half-pixel centres; tfjs's aligns the corners of
 * pixels.
 */
export class BilinearUpSampling2D extends tf.layers.Layer {
  static readonly className = 'BilinearUpSampling2D';
  private readonly size: [number, number];

  constructor(config: { name?: string; size: [number, number] }) {
    super(config as object);
    this.size = config.size;
  }

  override computeOutputShape(shape: Shape | Shape[]): Shape {
    const [batch, height, width, channels] = shape as Shape;
    const [rows, columns] = this.size;
    return [
      batch!,
      height === null ? null : height! * rows,
      width === null ? null : width! * columns,
      channels!,
    ];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor4D;
    const [, height, width] = x.shape;
    const target: [number, number] = [height * this.size[0], width * this.size[1]];
    return tf.image.resizeBilinear(x, target, false, true);
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), size: this.size };
  }
}

tf.serialization.registerClass(BilinearUpSampling2D);
