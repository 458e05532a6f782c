import type { LayersModel, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { sharedState, tf } from '../runtime';
import { methodPatch } from './patch';
import type { Replacement } from './switches';

/** A place of tfjs where it is written whether something is trained. */
interface Flag {
  owner: Record<string, unknown>;
  key: string;
  value: unknown;
}

/** The parts of tfjs's layers and models that are read here. */
interface Part extends Record<string, unknown> {
  _trainableWeights?: Record<string, unknown>[];
}

const snapshots = sharedState('compiled-trainable', () => new WeakMap<object, Flag[]>());

/** Where tfjs's layers, wrappers, cells and models keep other layers. */
const inside = ['layers', 'layer', 'forwardLayer', 'backwardLayer', 'cell', 'cells'];

/** All flags of a model, of its layers at any depth and of their weights. */
function flagsOf(model: object): Flag[] {
  const flags: Flag[] = [];
  const seen = new Set<object>();
  const note = (owner: Record<string, unknown>, key: string) => {
    if (key in owner) flags.push({ owner, key, value: owner[key] });
  };
  const visit = (part: Part) => {
    if (!part || seen.has(part)) return;
    seen.add(part);
    // `_trainable` is that of a Bidirectional.
    note(part, 'trainable_');
    note(part, '_trainable');
    for (const weight of part._trainableWeights ?? []) note(weight, 'trainable');
    for (const place of inside) for (const other of [part[place]].flat()) visit(other as Part);
  };
  visit(model as Part);
  return flags;
}

/** Whether layers were frozen or unfrozen after the model was compiled. */
export function changedSinceCompile(model: LayersModel): boolean {
  return snapshots.get(model)?.some(({ owner, key, value }) => owner[key] !== value) ?? false;
}

/**
 * Runs a step of training with every layer as trainable as it was when the model was compiled, and
 * puts back what holds now. As in Keras, freezing and unfreezing take effect at the next `compile`:
 * the discriminator of a GAN that was compiled before it was frozen for the generator's model goes
 * on learning, batch norms included, and stays frozen in that model. A model that was not compiled
 * runs with what holds now.
 */
export function asCompiled<T>(model: LayersModel, step: () => T): T {
  const changed = snapshots.get(model)?.filter(({ owner, key, value }) => owner[key] !== value);
  if (!changed?.length) return step();
  const now = changed.map(({ owner, key }) => owner[key]);
  for (const { owner, key, value } of changed) owner[key] = value;
  try {
    return step();
  } finally {
    for (const [i, { owner, key }] of changed.entries()) owner[key] = now[i];
  }
}

const weightsAtCompile = sharedState('weights-at-compile', () => new WeakMap<object, unknown>());

// A Sequential compiles a model inside it, and is frozen by a flag of its own.
const sequentialCompile = methodPatch<object, unknown[], void>(
  () => tf.Sequential.prototype,
  'compile',
  (original, self, args) => {
    original.apply(self, args);
    snapshots.set(self, flagsOf(self));
  },
);

/** Notes the flags when `compile` ends, which is when tfjs collects the weights. Stays on. */
export function noteCompile(): void {
  sequentialCompile.enable();
  Object.defineProperty(tf.LayersModel.prototype, 'collectedTrainableWeights', {
    configurable: true,
    get(this: object) {
      return weightsAtCompile.get(this);
    },
    set(this: object, weights: unknown) {
      weightsAtCompile.set(this, weights);
      snapshots.set(this, flagsOf(this));
    },
  });
}

interface Weight {
  val: Variable;
  constraint?: { apply(weight: Tensor): Tensor } | null;
}

/** Applies the constraints of weights that a step changed, which tfjs's `fit` leaves out. */
export function constrain(weights: readonly unknown[]): void {
  tf.tidy(() => {
    for (const { val, constraint } of weights as readonly Weight[]) {
      if (constraint && val.trainable) val.assign(constraint.apply(val));
    }
  });
}

/**
 * `fit`, `fitDataset` and `trainOnBatch` train what was trainable when the model was compiled, and
 * heed constraints.
 */
export const compiledTrainable: Replacement = methodPatch<
  LayersModel,
  [],
  (data: unknown[]) => unknown
>(
  () => tf.LayersModel.prototype,
  'makeTrainFunction',
  (original, self, args) => {
    const step = original.apply(self, args);
    return (data) =>
      asCompiled(self, () => {
        const results = step(data);
        constrain((weightsAtCompile.get(self) as unknown[] | undefined) ?? []);
        return results;
      });
  },
);
