import type { LayersModel, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { asCompiled, resolvePrecision, StepFunction, withPrecision } from '../ops';
import { explainMemory, hasNativeOps, tf } from '../runtime';
import { breathe } from './batches';
import { type Batch, prepareInputs, prepareTargets } from './columns';
import { type Feed, onlyEpoch } from './feed';
import type { Logs } from './history';
import type { CompiledOutputs, EvaluateOptions } from './options';
import { RunningMetrics } from './running-metrics';
import { forwardStep } from './step';

/** With fewer batches no function is made, since making one takes as long as several batches. */
export const worthwhileBatches = 8;

/** The variables of a model's weights. */
export function variablesOf(weights: readonly unknown[]): Variable[] {
  return (weights as readonly { val: Variable }[]).map(({ val }) => val);
}

/**
 * Evaluates a model on checked examples, with one TensorFlow function per batch if possible; the
 * function is reused by later evaluations. Dispose after use.
 */
export class Evaluator {
  private readonly functions: StepFunction | undefined;
  private readonly figures: RunningMetrics;
  /** Which outputs have sample weights, and which metrics a sum: others are not inputs. */
  private weighted: boolean[] = [];
  private summed: boolean[] = [];

  /** @param times number of evaluations */
  constructor(
    private readonly model: LayersModel,
    private readonly feed: Feed,
    private readonly measures: CompiledOutputs,
    private readonly options: EvaluateOptions,
    times = 1,
  ) {
    this.figures = new RunningMetrics(measures.outputs);
    const batches = times * (feed.steps ?? worthwhileBatches);
    if (options.runEagerly || !hasNativeOps() || batches < worthwhileBatches) return;
    const others = variablesOf(model.weights);
    this.functions = new StepFunction((inputs) => this.step(inputs), { others });
  }

  /** Loss and metrics; null when `interrupted` returned true between two batches. */
  async measure(interrupted: () => boolean): Promise<Logs | null> {
    const { feed, figures } = this;
    const type = resolvePrecision(this.options.precision, this.model);
    const batches = feed.open(onlyEpoch);
    try {
      for (let fed = await batches.next(); fed; fed = await batches.next()) {
        const { raw, dispose } = fed;
        try {
          tf.tidy(() => withPrecision(type, () => this.add(raw())));
        } finally {
          dispose();
        }
        await breathe();
        if (interrupted()) return null;
      }
      return interrupted() ? null : figures.read();
    } catch (error) {
      throw explainMemory(error, feed.batchSize, `evaluating ${this.model.name}`);
    } finally {
      await batches.close();
      figures.dispose();
    }
  }

  private add(raw: Batch): void {
    const carried = this.figures.carried();
    this.weighted = raw.weights.map((weights) => weights !== undefined);
    this.summed = carried.map((sum) => sum !== undefined);
    const given = [...raw.weights, ...carried].filter((one): one is Tensor => one !== undefined);
    const inputs = [...raw.x, ...raw.y, ...given];
    const measure = () => this.functions?.run(inputs) ?? this.step(inputs);
    this.figures.put(asCompiled(this.model, measure));
  }

  private step(inputs: readonly Tensor[]): Tensor[] {
    const { model, measures } = this;
    const { layout: columns } = this.feed;
    const rest = [...inputs];
    const x = prepareInputs(rest.splice(0, columns.x.length), columns.x, this.options.resize);
    const y = rest.splice(0, columns.y.length);
    const weights = this.weighted.map((given) => (given ? rest.shift() : undefined));
    const sums = this.summed.map((summed) => (summed ? rest.shift() : undefined));
    const batch = { x, ...prepareTargets({ y, weights }, columns) };
    return this.figures.next(sums, forwardStep(model, measures.outputs, batch), batch.y);
  }

  dispose(): void {
    this.figures.dispose();
    this.functions?.dispose();
  }
}
