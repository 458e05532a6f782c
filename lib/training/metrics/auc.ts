import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../runtime';
import type { StoredTensor } from '../weights';
import { above, labelKeys } from './accuracy';
import type { Metric } from './metric';

export interface AucOptions {
  /** Name in the history. Default `auc`. */
  name?: string;
  /**
   * `micro` ranks all labels of all examples together, `macro` averages the labels' own areas,
   * `none` gives one value per label. Default `macro`.
   */
  average?: 'micro' | 'macro' | 'none';
  /** Names of the labels for `average: 'none'`; their indices when left out. */
  labels?: readonly string[];
}

/**
 * Exact area under the ROC curve from all scores, with ties (scikit-learn's `roc_auc_score`; for
 * one-hot labels its one-vs-rest). NaN where a label is always or never true. Stores every score of
 * the epoch: for masks use `streamingAuc`.
 */
export function auc({ name = 'auc', average = 'macro', labels: names }: AucOptions = {}): Metric {
  return {
    name,
    direction: 'up',
    collect: 'rows',
    keys: (units) => (average === 'none' ? labelKeys(name, units, names) : [name]),
    measure(labels, outputs) {
      const units = labels.shape[labels.rank - 1]!;
      return tf.concat([labels.reshape([-1, units]), outputs.reshape([-1, units])], 1);
    },
    values({ values, shape }) {
      const [rows = 0, columns = 0] = shape;
      const units = columns / 2;
      const area = (from: number, to: number): number => {
        const truth: boolean[] = [];
        const scores: number[] = [];
        for (let row = 0; row < rows; row++) {
          for (let unit = from; unit < to; unit++) {
            truth.push(values[row * columns + unit]! > 0.5);
            scores.push(values[row * columns + units + unit]!);
          }
        }
        return rocArea(truth, scores);
      };
      if (average === 'micro') return [area(0, units)];
      const areas = Array.from({ length: units }, (_, i) => area(i, i + 1));
      return average === 'none' ? areas : [areas.reduce((sum, a) => sum + a, 0) / units];
    },
  };
}

/**
 * The probability that a positive example scores above a negative one, ties counting half: the area
 * under the ROC curve (Hanley and McNeil, 1982). NaN when all or none are positive, or a score is
 * NaN.
 */
export function rocArea(truth: ArrayLike<boolean>, scores: ArrayLike<number>): number {
  const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  let wins = 0;
  let lower = 0; // negative examples with scores below the current group of ties
  let positives = 0;
  for (let start = 0; start < order.length; ) {
    const score = scores[order[start]!]!;
    if (Number.isNaN(score)) return Number.NaN;
    let yes = 0;
    let end = start;
    for (; end < order.length && scores[order[end]!] === score; end++) {
      if (truth[order[end]!]) yes++;
    }
    const no = end - start - yes;
    wins += yes * (lower + no / 2);
    lower += no;
    positives += yes;
    start = end;
  }
  return positives === 0 || lower === 0 ? Number.NaN : wins / (positives * lower);
}

/**
 * Area under the ROC curve from scores sorted into `thresholds` bins on the device, all labels
 * together (Keras `AUC` with its defaults): an estimate, whose memory does not grow. 0 where a
 * label is always or never true. Scores lie in [0, 1].
 */
export function streamingAuc({ name = 'auc', thresholds = 200 } = {}): Metric {
  return {
    name,
    direction: 'up',
    measure(labels, outputs) {
      const bins = tf.clipByValue(
        tf.sub(tf.ceil(tf.mul(outputs.flatten(), thresholds - 1)), 1),
        0,
        thresholds - 1,
      );
      const truth = above(labels, 0.5).flatten().asType('float32') as Tensor;
      const yesNo = tf.stack([truth, tf.sub(1, truth)], 1);
      return tf.unsortedSegmentSum(yesNo, bins.asType('int32').as1D(), thresholds).asType('int32');
    },
    values: ({ values }: StoredTensor) => [binnedArea(values, thresholds)],
  };
}

function binnedArea(values: ArrayLike<number>, thresholds: number): number {
  // The bins from i on are above threshold i.
  const yes = new Float64Array(thresholds + 1);
  const no = new Float64Array(thresholds + 1);
  for (let i = thresholds - 1; i >= 0; i--) {
    yes[i] = yes[i + 1]! + values[2 * i]!;
    no[i] = no[i + 1]! + values[2 * i + 1]!;
  }
  if (yes[0] === 0 || no[0] === 0) return 0;
  let area = 0;
  for (let i = 0; i + 1 < thresholds; i++) {
    area += (no[i]! - no[i + 1]!) * (yes[i]! + yes[i + 1]!);
  }
  return area / 2 / (yes[0]! * no[0]!);
}
