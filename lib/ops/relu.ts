import type { GradConfig, Tensor } from '@tensorflow/tfjs-node-gpu';
import { bfloat16Op, hasNativeOps, nativeOp, tf } from '../runtime';
import { insideGradient } from './nested';
import { staysRounded } from './one-dnn';
import { gradientPatch, methodPatch, prototypeOf } from './patch';
import type { Replacement } from './switches';

// The gradient is taken from the output: the input can be freed as soon as the forward pass is over.
function gradientOf(kernelName: string, upper: number): GradConfig {
  return {
    kernelName,
    outputsToSave: [true],
    gradFunc: (dy, saved) => {
      const [y] = saved as [Tensor];
      return {
        x: () => {
          if (insideGradient()) {
            // The gradient of a step is zero, so that it does not matter that y is constant here.
            const passes = tf.step(y);
            if (upper === Number.POSITIVE_INFINITY) return tf.mul(dy as Tensor, passes);
            return tf.mul(dy as Tensor, tf.mul(passes, tf.step(tf.sub(upper, y))));
          }
          if (hasNativeOps() && y.dtype === 'float32') {
            const [name, inputs] = [`${kernelName}Grad`, [dy as Tensor, y]];
            if (staysRounded(y)) return bfloat16Op(name, inputs, {})[0]!;
            return nativeOp(name, inputs, { T: { dtype: y.dtype } })[0]!;
          }
          const passes = tf.logicalAnd(tf.greater(y, 0), tf.less(y, upper));
          return tf.mul(dy as Tensor, tf.cast(passes, 'float32'));
        },
      };
    },
  };
}

const reluGradient = gradientPatch(gradientOf('Relu', Number.POSITIVE_INFINITY));
const relu6Gradient = gradientPatch(gradientOf('Relu6', 6));

// tfjs-layers implements its `relu6` activation as a minimum.
const relu6Activation = methodPatch<object, [Tensor], Tensor>(
  () => prototypeOf('relu6'),
  'apply',
  (_original, _self, [x]) => tf.relu6(x),
);

interface ReluLayer {
  maxValue?: number | null;
}

// The layer implements `maxValue` as a clip; for 6 there is a separate op.
const reluLayer = methodPatch<ReluLayer, [Tensor | Tensor[], Record<string, unknown>], Tensor>(
  () => prototypeOf('ReLU'),
  'call',
  (original, layer, [inputs, kwargs]) => {
    if (layer.maxValue !== 6) return original.call(layer, inputs, kwargs);
    return tf.relu6(Array.isArray(inputs) ? inputs[0]! : inputs);
  },
);

/** ReLU and ReLU6 with TensorFlow's own gradients. */
export const relu: Replacement = {
  enable() {
    reluGradient.enable();
    relu6Gradient.enable();
    relu6Activation.enable();
    reluLayer.enable();
  },
  disable() {
    reluGradient.disable();
    relu6Gradient.disable();
    relu6Activation.disable();
    reluLayer.disable();
  },
};
