import type { LayersModel, Optimizer, Tensor } from '@tensorflow/tfjs-node-gpu';
import {
  asCompiled,
  changedSinceCompile,
  type KerasOptimizer,
  StepFunction,
  TfjsState,
  withPrecision,
} from '../ops';
import { hasNativeOps, tf } from '../runtime';
import { augmentBatch, changesLabels } from './augment';
import { type Batch, prepareInputs, prepareTargets } from './columns';
import { variablesOf } from './evaluator';
import type { GradientSums } from './gradient-sums';
import type { TrainingJob } from './job';
import { type TrainingStep, trainingStep } from './step';

/**
 * With fewer steps no function is made, since making one takes as long as several steps. Training
 * with a function starts with one step that is not recorded and two that are.
 */
const worthwhileSteps = 16;

/** Trains on batches, with one TensorFlow function per step if possible. */
export class Learner {
  private readonly step: TrainingStep;
  /** A step that moves the weights, and one that only adds gradients up. */
  private readonly functions: { update: StepFunction; collect: StepFunction } | undefined;
  private readonly sums: GradientSums | undefined;
  /** Which outputs have weights of examples, and which figures a sum: others are no inputs of a step. */
  private weighted: boolean[] = [];
  private summed: boolean[] = [];

  constructor(
    private readonly job: TrainingJob,
    private readonly model: LayersModel,
    optimizer: Optimizer,
    classWeight: Tensor | undefined,
  ) {
    const { run, options, measures } = job;
    if (changedSinceCompile(model)) {
      run.print(
        `${model.name} trains what was trainable when it was compiled: compile it again for what was frozen or unfrozen since`,
      );
    }
    this.step = asCompiled(model, () =>
      trainingStep(model, measures.outputs, optimizer, classWeight, options),
    );
    this.sums = run.sums;
    const steps = run.steps * run.epochs;
    const wanted = !(options.runEagerly ?? false) && steps >= worthwhileSteps;
    // Not instanceof: in tfjs it is true for any optimizer.
    const native = 'resourcesOf' in optimizer ? (optimizer as KerasOptimizer) : undefined;
    const state = TfjsState.of(optimizer);
    if (!wanted || !hasNativeOps() || !(native || state)) return;
    const trained = this.step.variables;
    const others = variablesOf(model.weights).filter((one) => !trained.includes(one));
    let told = false;
    const onFallback = (reason: string) => {
      if (!told) {
        run.print(`training step not compiled: ${reason}; it runs op by op, as with runEagerly`);
      }
      told = true;
    };
    const all = { others: [...trained, ...others], onFallback };
    const update = native ? { optimizer: native, trained, others, onFallback } : { ...all, state };
    this.functions = {
      update: new StepFunction((inputs) => this.learn(inputs, true), update),
      collect: new StepFunction((inputs) => this.learn(inputs, false), all),
    };
  }

  /** Figures after a batch, and the sums of gradients where the weights do not move. */
  private learn(tensors: readonly Tensor[], moves: boolean): Tensor[] {
    const { run, options, columns } = this.job;
    const { augment, resize } = options;
    const rest = [...tensors];
    const x = rest.splice(0, columns.x.length);
    const y = rest.splice(0, columns.y.length);
    const weights = this.weighted.map((given) => (given ? rest.shift() : undefined));
    const carried = this.summed.map((summed) => (summed ? rest.shift() : undefined));
    const targets = prepareTargets({ y, weights }, columns);
    const batch = {
      x: augment ? x : prepareInputs(x, columns.x, resize),
      ...targets,
      ...(changesLabels(augment) && { y }),
    };
    const { result, gradients } = this.step.gradients(batch);
    const sums = rest.map((sum, i) => tf.add(gradients[i]!, sum));
    const figures = () => run.trainMetrics.next(carried, result, batch.y);
    if (!moves) return [...figures(), ...sums];
    const steps = this.sums?.steps;
    this.step.apply(steps ? sums.map((sum) => tf.div(sum, steps)) : gradients);
    return figures();
  }

  /**
   * Trains on a raw batch, before scaling and resizing. Call inside a `tf.tidy`.
   *
   * @param positions the batch's positions in the examples
   */
  run(raw: Batch, positions: Int32Array): void {
    const { run, options, columns } = this.job;
    const { augment, resize } = options;
    let { x, y } = raw;
    if (augment) {
      const prepared = {
        x: prepareInputs(x, columns.x, resize),
        y: changesLabels(augment) ? prepareTargets(raw, columns).y : y,
      };
      ({ x, y } = augmentBatch(augment, prepared, positions));
    }
    const carried = run.trainMetrics.carried();
    this.weighted = raw.weights.map((weights) => weights !== undefined);
    this.summed = carried.map((sum) => sum !== undefined);
    const given = [...raw.weights, ...carried].filter((one): one is Tensor => one !== undefined);
    const { sums, step, functions } = this;
    const inputs = [...x, ...y, ...given, ...(sums?.carried(step.variables) ?? [])];
    const moves = sums?.isFull ?? true;
    const compiled = moves ? functions?.update : functions?.collect;
    const results = withPrecision(this.job.precision, () =>
      asCompiled(this.model, () => compiled?.run(inputs) ?? this.learn(inputs, moves)),
    );
    const figures = moves ? results.length : results.length - step.variables.length;
    run.trainMetrics.put(results.slice(0, figures));
    sums?.put(results.slice(figures));
  }

  dispose(): void {
    this.functions?.update.dispose();
    this.functions?.collect.dispose();
  }
}
