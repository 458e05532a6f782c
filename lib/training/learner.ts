import type { LayersModel, Optimizer, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { type KerasOptimizer, StepFunction, withPrecision } from '../ops';
import { hasNativeOps } from '../runtime';
import { prepareBatch, rawBatch } from './batches';
import type { Session } from './loop';
import { trainingStep } from './step';

/**
 * Fewer steps than this are not worth a function: making it takes as long as some of them.
 * Training with a function begins with one step that is not recorded and two that are.
 */
const worthwhileSteps = 16;

/** Learns from the batches of a training, by one function of TensorFlow a step where that is possible. */
export class Learner {
  private readonly functions: StepFunction | undefined;

  constructor(
    private readonly session: Omit<Session, 'learner'>,
    model: LayersModel,
    optimizer: Optimizer,
    classWeight: Tensor | undefined,
  ) {
    const { run, options, examples, measures } = session;
    const step = trainingStep(model, measures.loss, optimizer, classWeight);
    const { augment, resize } = options;
    this.learn = ([x, labels, ...carried]) => {
      const prepared = augment ? x! : prepareBatch(x!, examples.x, resize);
      const truth = prepareBatch(labels!, examples.y);
      const { loss, outputs } = step(prepared, truth);
      const sums = this.summed.map((summed) => (summed ? carried.shift() : undefined));
      return run.trainFigures.next(sums, loss, truth, outputs);
    };
    const steps = run.steps * run.epochs;
    const wanted = !(options.runEagerly ?? false) && steps >= worthwhileSteps;
    // Not instanceof: tfjs answers that for any optimizer with yes.
    if (!wanted || !hasNativeOps() || !('resourcesOf' in optimizer)) return;
    const variables = (of: { val: Variable }[]) => of.map(({ val }) => val);
    const trained = variables(model.trainableWeights as never);
    const others = variables(model.weights as never).filter((one) => !trained.includes(one));
    this.functions = new StepFunction((inputs) => this.learn(inputs), {
      optimizer: optimizer as KerasOptimizer,
      trained,
      others,
      onFallback: (reason) =>
        run.print(`training step not compiled: ${reason}; it runs op by op, as with runEagerly`),
    });
  }

  private readonly learn: (inputs: readonly Tensor[]) => Tensor[];
  /** Which figures have a sum: others are no inputs of a step. */
  private summed: boolean[] = [];

  /** Learns from the examples `order[from]` to `order[to - 1]`. Call inside a `tf.tidy`. */
  run(order: Int32Array, from: number, to: number): void {
    const { run, options, examples } = this.session;
    let x = rawBatch(examples.x, order, from, to);
    if (options.augment) {
      x = prepareBatch(x, examples.x, options.resize);
      x = options.augment(x, order.subarray(from, to));
    }
    const labels = rawBatch(examples.y, order, from, to, 1);
    const carried = run.trainFigures.carried();
    this.summed = carried.map((sum) => sum !== undefined);
    const inputs = [x, labels, ...carried.filter((sum): sum is Tensor => sum !== undefined)];
    const results = withPrecision(
      this.session.precision,
      () => this.functions?.run(inputs) ?? this.learn(inputs),
    );
    run.trainFigures.put(results);
  }

  dispose(): void {
    this.functions?.dispose();
  }
}
