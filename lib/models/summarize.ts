import type { LayersModel } from '@tensorflow/tfjs-node-gpu';

/** One layer of a network, as Keras's `summary()` prints it. */
export interface SummaryRow {
  /** The layer's name. */
  name: string;
  /** Its class by Keras's name, such as `Conv2D`; a network inside a network is `Functional`. */
  className: string;
  /** Such as `(None, 7, 7, 1024)`. */
  outputShape: string;
  /** Number of parameters, trainable or not. */
  params: number;
}

export interface ModelSummary {
  name: string;
  rows: SummaryRow[];
  /** Number of parameters of the network. */
  total: number;
  trainable: number;
  nonTrainable: number;
}

const kerasNames: Record<string, string> = {
  Model: 'Functional',
  LayersModel: 'Functional',
  Functional: 'Functional',
};

/**
 * Lists a network's layers and counts its parameters as Keras's `summary()` does: frozen layers
 * count as not trainable. Input layers are left out, as in the paper's tables.
 *
 * @example
 * table(summarize(cnn()).rows);
 */
export function summarize(model: LayersModel): ModelSummary {
  const rows = model.layers
    .filter((layer) => layer.getClassName() !== 'InputLayer')
    .map((layer) => {
      const shape = layer.outputShape as (number | null)[];
      const className = layer.getClassName();
      return {
        name: layer.name,
        className: kerasNames[className] ?? className,
        outputShape: `(${shape.map((side) => side ?? 'None').join(', ')})`,
        params: layer.countParams(),
      };
    });
  const trainable = count(model.trainableWeights);
  const total = count(model.weights);
  return { name: model.name, rows, total, trainable, nonTrainable: total - trainable };
}

/** The summary as lines of text, with Keras's three totals below. */
export function summaryText(summary: ModelSummary): string {
  const cells = [
    ['Layer (type)', 'Output Shape', 'Param #'],
    ...summary.rows.map((row) => [
      `${row.name} (${row.className})`,
      row.outputShape,
      row.params.toLocaleString('en-US'),
    ]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]!.length)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  const totals = [
    ['Total params', summary.total],
    ['Trainable params', summary.trainable],
    ['Non-trainable params', summary.nonTrainable],
  ].map(([label, value]) => `${label}: ${value!.toLocaleString('en-US')}`);
  return [`Model: ${summary.name}`, ...lines, ...totals].join('\n');
}

function count(weights: readonly { shape: readonly (number | null)[] }[]): number {
  return weights.reduce(
    (sum, { shape }) => sum + shape.reduce<number>((n, d) => n * (d ?? 1), 1),
    0,
  );
}
