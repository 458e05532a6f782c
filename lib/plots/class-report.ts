import { GradbookError } from '../runtime';
import { fixed } from './numbers';
import { plainText } from './plain-text';
import { figureOf, seriesColour, themedAxis, themedLayout, withTopLegend } from './theme';
import type { Figure, FigureOptions, Numbers, Values } from './types';

/** Scores of one class, from 0 to 1. An undefined score is NaN. */
export interface ClassScores {
  name: string;
  precision: number;
  recall: number;
  f1: number;
  /** Number of examples of the class (support). */
  support: number;
}

/**
 * Precision, recall and F1 of each class from a confusion matrix `counts[true][predicted]`. Without
 * predictions, or without examples, the score is 0, as in scikit-learn.
 */
export function classScores(
  counts: readonly Numbers[],
  classNames: readonly string[],
): ClassScores[] {
  return counts.map((row, index) => {
    const predicted = counts.reduce((sum, other) => sum + other[index]!, 0);
    const support = Array.from(row).reduce((sum, count) => sum + count, 0);
    return scoresOf(classNames[index] ?? String(index), row[index]!, predicted, support);
  });
}

/**
 * The same for a multi-label task.
 *
 * @param truth `[examples, classes]`, 0 or 1
 * @param predictions probabilities of the same shape
 * @param threshold probability from which a class counts as predicted
 * @throws GradbookError `bad-shape` when the shapes differ
 */
export function labelScores(
  truth: Values,
  predictions: Values,
  classNames: readonly string[],
  threshold = 0.5,
): ClassScores[] {
  const classes = classNames.length;
  if (truth.values.length !== predictions.values.length || truth.values.length % classes) {
    throw new GradbookError(
      `${truth.values.length} true values and ${predictions.values.length} predicted ones for ${classes} classes: give [examples, ${classes}] twice`,
      'bad-shape',
    );
  }
  return classNames.map((name, index) => {
    let hits = 0;
    let predicted = 0;
    let support = 0;
    for (let at = index; at < truth.values.length; at += classes) {
      const is = truth.values[at]! >= 0.5;
      const given = predictions.values[at]! >= threshold;
      if (is) support++;
      if (given) predicted++;
      if (is && given) hits++;
    }
    return scoresOf(name, hits, predicted, support);
  });
}

function scoresOf(name: string, hits: number, predicted: number, support: number): ClassScores {
  const ratio = (part: number, whole: number) => (whole ? part / whole : 0);
  return {
    name,
    precision: ratio(hits, predicted),
    recall: ratio(hits, support),
    f1: ratio(2 * hits, predicted + support),
    support,
  };
}

/** Bars of precision, recall and F1 for each class, with the number of its examples below its name. */
export function classReport(scores: readonly ClassScores[], options: FigureOptions = {}): Figure {
  const names = scores.map(({ name, support }) => `${plainText(name)}<br>${support}`);
  const white = { fillmode: 'overlay', fgcolor: '#ffffff', fgopacity: 0.5, size: 5 };
  const patterns = [
    {},
    { pattern: { shape: '/', ...white } },
    { pattern: { shape: '.', ...white } },
  ];
  const data = (['precision', 'recall', 'f1'] as const).map((key, i) => ({
    type: 'bar',
    name: key === 'f1' ? 'F1' : key,
    x: names,
    y: scores.map((row) => (Number.isFinite(row[key]) ? row[key] : null)),
    marker: { color: seriesColour(i), ...patterns[i] },
    hovertemplate: '%{y:.4~g}',
  }));
  const layout = themedLayout(
    options,
    { title: 'Precision, recall and F1 of each class', height: 370 },
    {
      barmode: 'group',
      bargap: 0.25,
      hovermode: 'x unified',
      xaxis: themedAxis(options, '', { showgrid: false, type: 'category' }),
      yaxis: themedAxis(options, 'score', { range: [0, 1.02], dtick: 0.2 }),
    },
  );
  const known = scores.filter(({ support }) => support > 0);
  const macro = known.reduce((sum, { f1 }) => sum + f1, 0) / Math.max(1, known.length);
  const worst = [...known].sort((a, b) => a.f1 - b.f1)[0];
  const low = worst ? `, lowest ${worst.name} with ${fixed(worst.f1)}` : '';
  return figureOf(
    data,
    withTopLegend(layout, ['precision', 'recall', 'F1'], options),
    `precision, recall and F1 of ${scores.length} classes: mean F1 ${fixed(macro)} over classes that occur${low}`,
  );
}
