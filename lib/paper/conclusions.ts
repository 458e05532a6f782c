import type { PaperMetric } from './metric';

/** A conclusion of the paper as a comparison of two metrics of a run. */
export interface PaperConclusion {
  /** What the paper concludes. */
  conclusion: string;
  /** Section and name of the metrics that it compares. */
  compares: string;
  /** The metric that the conclusion says is smaller, and the greater one. NaN where it was not measured. */
  smaller: number;
  greater: number;
  /** Whether the run supports it; null where one of the metrics was not measured. */
  supported: boolean | null;
}

/** Section and name of a metric. */
type Named = readonly [section: string, name: RegExp];

interface Comparison {
  conclusion: string;
  compares: string;
  smaller: Named;
  /** A metric, or a fixed number. */
  greater: Named | number;
}

const testAccuracy = /^test accuracy/;

/** What the paper concludes, and which metric must be below which. */
const conclusions: readonly Comparison[] = [
  {
    conclusion: 'a perceptron stays far behind a CNN',
    compares: 'test accuracy of 1.3 and 2.4',
    smaller: ['1.3', testAccuracy],
    greater: ['2.4', testAccuracy],
  },
  {
    conclusion: 'callbacks raise the accuracy of the CNN',
    compares: 'test accuracy of 2.3 and 2.4',
    smaller: ['2.3', testAccuracy],
    greater: ['2.4', testAccuracy],
  },
  {
    conclusion: 'callbacks raise the accuracy with several types',
    compares: "Keras's accuracy of 3, without and with callbacks",
    smaller: ['3', /accuracy without callbacks/],
    greater: ['3', /accuracy with callbacks/],
  },
  {
    conclusion: 'fine-tuning beats the frozen MobileNet',
    compares: 'test accuracy of 4.1.1 and 4.1.2',
    smaller: ['4.1.1', testAccuracy],
    greater: ['4.1.2', testAccuracy],
  },
  {
    conclusion: 'fine-tuning finds more of several types',
    compares: 'test recall of 4.2.1 and 4.2.2',
    smaller: ['4.2.1', /^test recall/],
    greater: ['4.2.2', /^test recall/],
  },
  {
    conclusion: 'mirrored, turned, brightened copies lower the accuracy',
    compares: 'change of accuracy in 4.3 and 0',
    smaller: ['4.3', /mirrored/],
    greater: 0,
  },
];

/**
 * Whether a run supports the paper's conclusions. Each is a comparison of two metrics of the same run,
 * so that it is never about another one.
 *
 * @param metrics those of a run, in any order; where one occurs twice, the first counts
 */
export function paperConclusions(metrics: readonly PaperMetric[]): PaperConclusion[] {
  const metricValue = (one: Named | number): number => {
    if (typeof one === 'number') return one;
    const [section, name] = one;
    const found = metrics.find((metric) => metric.section === section && name.test(metric.name));
    return found?.value ?? Number.NaN;
  };
  return conclusions.map(({ conclusion, compares, smaller, greater }) => {
    const [low, high] = [metricValue(smaller), metricValue(greater)];
    const known = Number.isFinite(low) && Number.isFinite(high);
    return {
      ...{ conclusion, compares, smaller: low, greater: high },
      supported: known ? low < high : null,
    };
  });
}
