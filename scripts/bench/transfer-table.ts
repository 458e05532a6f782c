/** One training, such as that of the frozen network. */
export interface Phase {
  name: string;
  /** Of each epoch, validation included. */
  seconds: number[];
  /** On the validation set, after each epoch. */
  accuracies: number[];
  /** On the test set, with the best weights. */
  test: number;
}

/** Results of one of the two. */
export interface Side {
  name: string;
  /** Seconds before the first epoch that belong to the training: features computed once. */
  before: number;
  phases: Phase[];
}

/** Total time of both until a validation accuracy that both reached. */
export interface Comparison {
  phase: string;
  accuracy: number;
  /** Seconds from the start: the complete earlier phases, this one until that accuracy. */
  here: number;
  keras: number;
  timesFaster: number;
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

/** Seconds from the beginning to the end of the first epoch of phase `at` with this accuracy. */
function secondsUntil({ before, phases }: Side, at: number, accuracy: number): number {
  const { seconds, accuracies } = phases[at]!;
  const epoch = accuracies.findIndex((value) => value >= accuracy);
  const earlier = phases.slice(0, at).map((phase) => sum(phase.seconds));
  return before + sum(earlier) + sum(seconds.slice(0, epoch + 1));
}

/** The comparison of each phase, and a table of all results. */
export function compare(here: Side, keras: Side): { lines: string[]; comparisons: Comparison[] } {
  const comparisons = here.phases.map(({ name, accuracies }, at) => {
    const accuracy = Math.min(Math.max(...accuracies), Math.max(...keras.phases[at]!.accuracies));
    const times = [here, keras].map((side) => secondsUntil(side, at, accuracy)) as [number, number];
    return {
      phase: name,
      accuracy,
      here: times[0],
      keras: times[1],
      timesFaster: times[1] / times[0],
    };
  });
  const lines = [here, keras].flatMap(({ name, before, phases }) => [
    `${name}: ${(before + sum(phases.flatMap(({ seconds }) => seconds))).toFixed(0)} s in all`,
    ...(before > 0 ? [`  features, once: ${before.toFixed(1)} s`] : []),
    ...phases.map(({ name: phase, seconds, accuracies, test }) => {
      const epoch = (sum(seconds) / seconds.length).toFixed(1);
      const best = Math.max(...accuracies).toFixed(4);
      return `  ${phase}: ${seconds.length} epochs of ${epoch} s, validation ${best}, test ${test.toFixed(4)}`;
    }),
  ]);
  for (const { phase, accuracy, here: a, keras: b, timesFaster } of comparisons) {
    lines.push(
      `${phase}, until both have a validation accuracy of ${accuracy.toFixed(4)}: ${a.toFixed(0)} s beside ${b.toFixed(0)} s, ${timesFaster.toFixed(1)} times faster`,
    );
  }
  return { lines, comparisons };
}
