import { tf } from '../runtime';
import { methodPatch, setterPatch } from './patch';
import type { Replacement } from './switches';

interface Freezable {
  layers: { trainable: boolean }[];
  trainable_: boolean;
}

// tfjs freezes a model's weights but leaves `trainable` of its layers true; Keras sets it on the
// layers too. Sequential.build sets `trainable` of its inner model by itself: then the layers' own
// values are kept.
let building = 0;

const modelTrainable = setterPatch<Freezable>(
  () => Object.getPrototypeOf(tf.LayersModel.prototype) as object,
  'trainable',
  (model, value) => {
    model.trainable_ = value as boolean;
    if (building > 0) return;
    for (const layer of model.layers) layer.trainable = value as boolean;
  },
);

const sequentialBuild = methodPatch<object, unknown[], void>(
  () => tf.Sequential.prototype,
  'build',
  (original, self, args) => {
    building++;
    try {
      original.apply(self, args);
    } finally {
      building--;
    }
  },
);

/** `model.trainable = false` applies to the layers of the model at any depth, as in Keras. */
export const frozenModels: Replacement = {
  enable() {
    modelTrainable.enable();
    sequentialBuild.enable();
  },
  disable() {
    modelTrainable.disable();
    sequentialBuild.disable();
  },
};
