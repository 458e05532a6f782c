import type { LayersModel, Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../runtime';

/**
 * A model that includes the preprocessing of another one: for example 64×64 images for a MobileNet
 * that takes 224×224 between -1 and 1. The layers are the other model's own, so disposing of one
 * disposes of both; maps have the size of the images.
 *
 * @param inputShape `[height, width, channels]` of the images
 * @param prepare from `[n, height, width, channels]` to what the model takes; it must have a gradient
 */
export function preparedModel(
  model: LayersModel,
  inputShape: readonly [number, number, number],
  prepare: (images: Tensor4D) => Tensor4D,
): LayersModel {
  class Prepare extends tf.layers.Layer {
    static className = 'Prepare';

    override computeOutputShape(): (number | null)[] {
      return model.inputs[0]!.shape;
    }

    override call(inputs: Tensor | Tensor[]): Tensor {
      return prepare((Array.isArray(inputs) ? inputs[0]! : inputs) as Tensor4D);
    }
  }
  const input = tf.input({ shape: [...inputShape] });
  const output = model.apply(new Prepare({ name: 'prepare' }).apply(input));
  return tf.model({ inputs: input, outputs: output as never });
}
