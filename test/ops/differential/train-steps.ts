import type { LayersModel, Optimizer, Tensor } from '@tensorflow/tfjs-node-gpu';
import { optimizers } from '../../../lib/ops';
import { tf } from '../../../lib/runtime';
import { type Figures, type Kept, putBack, variablesByName } from './compare';

/** The losses of tfjs that take any outputs, and those of distributions and of signs. */
export const lossNames = [
  'categoricalCrossentropy',
  'sparseCategoricalCrossentropy',
  'binaryCrossentropy',
  'meanSquaredError',
  'meanAbsoluteError',
  'kullbackLeiblerDivergence',
  'hinge',
  'squaredHinge',
  'categoricalHinge',
  'poisson',
  'cosineProximity',
];

/** Targets that fit a loss, `[batch, 3]`, or class indices `[batch, 1]`. The caller's. */
export function targetsFor(loss: string, batch: number): Tensor {
  return tf.tidy(() => {
    const classes = tf.tensor1d(
      Array.from({ length: batch }, (_, i) => (i * 2 + 1) % 3),
      'int32',
    );
    if (loss === 'sparseCategoricalCrossentropy')
      return tf.cast(tf.reshape(classes, [-1, 1]), 'float32');
    const oneHot = tf.cast(tf.oneHot(classes, 3), 'float32');
    return /[Hh]inge/.test(loss) && loss !== 'categoricalHinge'
      ? tf.sub(tf.mul(oneHot, 2), 1)
      : oneHot;
  });
}

// Large epsilons: a gradient that is rounding alone, as before a batch norm, moves nothing.
const makers: Record<string, () => Optimizer> = {
  sgd: () => tf.train.sgd(0.05),
  momentum: () => optimizers.sgd({ learningRate: 0.02, momentum: 0.8 }),
  rmsprop: () => tf.train.rmsprop(0.005, 0.9, 0, 1e-2),
  adam: () => tf.train.adam(0.01, 0.9, 0.999, 1e-2),
};

export const optimizerNames = Object.keys(makers);

interface Weight {
  name: string;
  val: import('@tensorflow/tfjs-node-gpu').Variable;
  constraint?: { apply(weight: Tensor): Tensor } | null;
}

/** What stock tfjs leaves out after a step. */
function constrainByHand(model: LayersModel): void {
  tf.tidy(() => {
    for (const { val, constraint } of model.trainableWeights as unknown as Weight[]) {
      if (constraint) val.assign(constraint.apply(val));
    }
  });
}

/** Losses and weights of some steps of `trainOnBatch`, from weights that are put back first. */
export async function steps(
  model: LayersModel,
  start: Kept,
  xs: readonly Tensor[],
  {
    losses,
    optimizer: name,
    stock,
    afterCompile = () => {},
  }: {
    losses: readonly string[];
    optimizer: string;
    stock: boolean;
    /** Called after the model was compiled. */
    afterCompile?: () => void;
  },
): Promise<Figures> {
  putBack(start);
  const optimizer = makers[name]!();
  const loss = losses.length === 1 ? losses[0]! : [...losses];
  model.compile({ optimizer, loss });
  afterCompile();
  const ys = losses.map((each) => targetsFor(each, xs[0]!.shape[0]!));
  const figures: Figures = {};
  for (let step = 0; step < 3; step++) {
    const found = await model.trainOnBatch(
      xs.length === 1 ? xs[0]! : [...xs],
      ys.length === 1 ? ys[0]! : ys,
    );
    figures[`losses of step ${step}`] = [found].flat() as number[];
    if (stock) constrainByHand(model);
  }
  for (const variable of variablesByName(model)) {
    figures[`${variable.name} afterwards`] = variable.dataSync();
  }
  tf.dispose(ys);
  optimizer.dispose();
  return figures;
}
