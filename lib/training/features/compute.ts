import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { NdArray, Rows } from '../../data';
import { progress } from '../../notebook';
import { foldBatchNorm, type Precision, resolvePrecision, withPrecision } from '../../ops';
import { explainMemory, GradbookError, interruptCount, interruptSince, tf } from '../../runtime';
import { breathe, prepareBatch } from '../batches';
import { onlyEpoch, RowsFeed } from '../feed';
import { ReadBehind } from '../read-behind';
import { featureKey, readFeatures, writeFeatures } from './cache';

export interface FeatureOptions {
  /** Batch size. Default 32. */
  batchSize?: number;
  /** Whether to cache the features on disk. Default true. */
  cache?: boolean;
  /** Precision of convolutions and dense products. Default that of `setPrecision`: float32. */
  precision?: Precision;
  /** How many batches of rows on disk are read ahead. Default 2. */
  prefetch?: number;
  /** Runs op by op and not as one function of TensorFlow, to find an error. Default false. */
  runEagerly?: boolean;
  /** Label of the progress bar. Default `features`. */
  label?: string;
}

export interface Features {
  /** float32, `[rows, …the network's output]`. */
  rows: NdArray;
  /** Whether they were read from the cache. */
  cached: boolean;
  /** Seconds of this call, reading or computing. */
  seconds: number;
  /** Seconds of the computation, and rows per second. */
  computeSeconds: number;
  rate: number;
}

/**
 * Outputs of a frozen network for all rows, computed once and cached on disk by a hash of the
 * network's layers and weights and the rows' values. Images of another size than the network's are
 * resized on the device, bilinear with half-pixel centres as in `tf.image.resize`.
 *
 * @param network one input and one output; runs in inference mode
 * @param rows images, or features of an earlier submodel
 * @throws GradbookError `bad-shape` when the rows' shape does not match, `interrupted` when
 *   interrupted by the user
 */
export async function computeFeatures(
  network: LayersModel,
  rows: Rows,
  options: FeatureOptions = {},
): Promise<Features> {
  const { batchSize = 32, cache = true, label = 'features', prefetch = 2 } = options;
  const precision = resolvePrecision(options.precision, network);
  const start = performance.now();
  const [count = 0, ...from] = rows.shape;
  const wanted = network.inputs[0]!.shape.slice(1) as number[];
  checkShape(network, from, wanted);
  const resize =
    from.length === 3 && wanted.length === 3 ? ([wanted[0]!, wanted[1]!] as const) : undefined;
  const key = cache ? featureKey(network, rows, precision) : '';
  const shape = [count, ...(network.outputs[0]!.shape.slice(1) as number[])];
  const elapsed = () => (performance.now() - start) / 1000;
  const kept = cache ? readFeatures(key, shape) : undefined;
  if (kept) return described(kept.values, shape, { seconds: elapsed(), computed: kept.seconds });

  const size = (sides: readonly number[]) => sides.reduce((product, side) => product * side, 1);
  const values = new Float32Array(size(shape));
  const bar = progress({ label, total: count, unit: 'row' });
  const since = interruptCount();
  const reader = new ReadBehind();
  const feed = new RowsFeed(
    { x: [rows], y: [], weights: [] },
    { batchSize, prefetch, shuffle: false },
  );
  const batches = feed.open(onlyEpoch);
  const folded = foldBatchNorm(network, { runEagerly: options.runEagerly ?? false });
  try {
    for (let first = 0; first < count; ) {
      // Lets the notebook show the bar and hear of an interrupt.
      await breathe();
      if (interruptSince(since)) {
        bar.stop();
        throw new GradbookError(`${label}: stopped after ${first} of ${count} rows`, 'interrupted');
      }
      const fed = await batches.next();
      if (!fed) continue;
      const { raw, dispose, size: taken } = fed;
      try {
        const output = tf.tidy(() => {
          const batch = prepareBatch(raw().x[0]!, rows, resize);
          return withPrecision(precision, () => folded.predict(batch));
        });
        const at = first * size(shape.slice(1));
        reader.add([output], (read) => values.set(read, at));
      } finally {
        dispose();
      }
      first += taken;
      bar.update(first);
    }
    reader.finish();
    bar.done();
  } catch (error) {
    const failure = explainMemory(error, batchSize, label);
    bar.fail((failure as Error).message);
    throw failure;
  } finally {
    reader.dispose();
    folded.dispose();
    await batches.close();
    await feed.dispose();
  }
  const computed = elapsed();
  if (cache) keep(label, () => writeFeatures(key, shape, { values, seconds: computed }));
  return described(values, shape, { seconds: elapsed(), computed, fresh: true });
}

/** The features are returned even if they cannot be cached: a full disk, a read-only folder. */
function keep(label: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    console.warn(`${label}: not cached (${(error as Error).message})`);
  }
}

function described(
  values: Float32Array,
  shape: number[],
  { seconds, computed, fresh = false }: { seconds: number; computed: number; fresh?: boolean },
): Features {
  const rows = { shape, values };
  return { rows, cached: !fresh, seconds, computeSeconds: computed, rate: shape[0]! / computed };
}

/** Throws where the rows do not fit even after resizing. */
function checkShape(network: LayersModel, from: number[], wanted: (number | null)[]): void {
  if (from.join() === wanted.join()) return;
  if (from.length === 3 && wanted.length === 3 && from[2] === wanted[2]) return;
  throw new GradbookError(
    `rows of ${from.join('×')}: ${network.name} takes ${wanted.join('×')}`,
    'bad-shape',
  );
}
