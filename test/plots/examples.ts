import type { HistoryLike, LabelledImages, Values } from '../../lib/plots';
import { Random } from '../../lib/runtime';

export const classNames = ['Bug', 'Fire', 'Grass', 'Water'];

/** A run of `epochs` whose learning rate falls at epoch 5 and whose best epoch is the seventh. */
export function history(epochs = 8): HistoryLike {
  const steps = Array.from({ length: epochs }, (_, i) => i);
  return {
    epoch: steps,
    history: {
      loss: steps.map((i) => 2 / (i + 1)),
      accuracy: steps.map((i) => i / epochs),
      val_loss: steps.map((i) => 0.5 + Math.abs(i - 6)),
      val_accuracy: steps.map((i) => 0.9 - 0.1 * Math.abs(i - 6)),
      learning_rate: steps.map((i) => (i < 4 ? 0.01 : 0.002)),
      seconds: steps.map(() => 3),
    },
  };
}

/** Six images of 4×4, each of one colour but for a white corner. */
export function pictures(): LabelledImages & { names: string[] } {
  const images = new Uint8Array(6 * 4 * 4 * 3);
  for (let row = 0; row < 6; row++) {
    for (let pixel = 0; pixel < 16; pixel++) {
      const colour = pixel === 0 ? [255, 255, 255] : [10 + 40 * row, 100, 200 - 30 * row];
      images.set(colour, (row * 16 + pixel) * 3);
    }
  }
  return {
    images,
    height: 4,
    width: 4,
    primary: [0, 1, 2, 3, 0, 1],
    secondary: [1, -1, 3, -1, -1, -1],
    names: ['a', 'b', 'c', 'd', 'e', 'f'],
    classNames,
  };
}

/** Probabilities for `pictures()`: the last two rows are wrong, the very last the worse. */
export function predictions(): Values {
  const rows = [
    [0.7, 0.1, 0.1, 0.1],
    [0.2, 0.6, 0.1, 0.1],
    [0.1, 0.1, 0.5, 0.3],
    [0, 0, 0, 1],
    [0.3, 0.4, 0.2, 0.1],
    [0.9, 0.02, 0.04, 0.04],
  ];
  return { values: Float32Array.from(rows.flat()), shape: [6, 4] };
}

/** Features of `rows` examples in four clusters, and the cluster of each. */
export function clusters(rows = 60, columns = 8): { features: Values; primary: number[] } {
  const random = new Random(5);
  const primary = Array.from({ length: rows }, (_, row) => row % 4);
  const values = Float32Array.from({ length: rows * columns }, (_, i) => {
    const cluster = primary[Math.floor(i / columns)];
    return random.normal() + (i % 4 === cluster ? 8 : 0);
  });
  return { features: { values, shape: [rows, columns] }, primary };
}
