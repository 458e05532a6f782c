import type { LayersModel, Optimizer, Tensor } from '@tensorflow/tfjs-node-gpu';
import {
  asCompiled,
  changedSinceCompile,
  type KerasOptimizer,
  StepFunction,
  withPrecision,
} from '../ops';
import { hasNativeOps } from '../runtime';
import { type Batch, prepareInputs, prepareTargets } from './columns';
import { variablesOf } from './evaluator';
import type { TrainingJob } from './job';
import { trainingStep } from './step';

/**
 * With fewer steps no function is made, since making one takes as long as several steps. Training
 * with a function starts with one step that is not recorded and two that are.
 */
const worthwhileSteps = 16;

/** Trains on batches, with one TensorFlow function per step if possible. */
export class Learner {
  private readonly functions: StepFunction | undefined;

  constructor(
    private readonly job: TrainingJob,
    private readonly model: LayersModel,
    optimizer: Optimizer,
    classWeight: Tensor | undefined,
  ) {
    const { run, options, columns, measures } = job;
    if (changedSinceCompile(model)) {
      run.print(
        `${model.name} trains what was trainable when it was compiled: compile it again for what was frozen or unfrozen since`,
      );
    }
    const step = asCompiled(model, () =>
      trainingStep(model, measures.outputs, optimizer, classWeight),
    );
    const { augment, resize } = options;
    this.learn = (tensors) => {
      const rest = [...tensors];
      const x = rest.splice(0, columns.x.length);
      const y = rest.splice(0, columns.y.length);
      const weights = this.weighted.map((given) => (given ? rest.shift() : undefined));
      const sums = this.summed.map((summed) => (summed ? rest.shift() : undefined));
      const batch = {
        x: augment ? x : prepareInputs(x, columns.x, resize),
        ...prepareTargets({ y, weights }, columns),
      };
      return run.trainMetrics.next(sums, step(batch), batch.y);
    };
    const steps = run.steps * run.epochs;
    const wanted = !(options.runEagerly ?? false) && steps >= worthwhileSteps;
    // Not instanceof: in tfjs it is true for any optimizer.
    if (!wanted || !hasNativeOps() || !('resourcesOf' in optimizer)) return;
    const trained = asCompiled(model, () => variablesOf(model.trainableWeights));
    const others = variablesOf(model.weights).filter((one) => !trained.includes(one));
    this.functions = new StepFunction((inputs) => this.learn(inputs), {
      optimizer: optimizer as KerasOptimizer,
      trained,
      others,
      onFallback: (reason) =>
        run.print(`training step not compiled: ${reason}; it runs op by op, as with runEagerly`),
    });
  }

  private readonly learn: (inputs: readonly Tensor[]) => Tensor[];
  /** Which outputs have sample weights, and which metrics a sum: others are not inputs of a step. */
  private weighted: boolean[] = [];
  private summed: boolean[] = [];

  /**
   * Trains on a raw batch, before scaling and resizing. Call inside a `tf.tidy`.
   *
   * @param positions the batch's positions in the examples
   */
  run(raw: Batch, positions: Int32Array): void {
    const { run, options, columns } = this.job;
    const { augment, resize } = options;
    let { x } = raw;
    if (augment) {
      x = prepareInputs(x, columns.x, resize).map((input) => augment(input, positions));
    }
    const carried = run.trainMetrics.carried();
    this.weighted = raw.weights.map((weights) => weights !== undefined);
    this.summed = carried.map((sum) => sum !== undefined);
    const given = [...raw.weights, ...carried].filter((one): one is Tensor => one !== undefined);
    const inputs = [...x, ...raw.y, ...given];
    const results = withPrecision(this.job.precision, () =>
      asCompiled(this.model, () => this.functions?.run(inputs) ?? this.learn(inputs)),
    );
    run.trainMetrics.put(results);
  }

  dispose(): void {
    this.functions?.dispose();
  }
}
