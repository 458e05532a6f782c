import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { formatNumber } from './format';
import { escapeHtml } from './html';
import { publish } from './sink';
import { type TableView, tableHtml, tableText } from './table-view';

/** A tfjs layers model, recognised by its properties. */
export function isModel(value: unknown): value is LayersModel {
  const model = value as LayersModel;
  return (
    Array.isArray(model?.layers) &&
    typeof model.predict === 'function' &&
    typeof model.countParams === 'function'
  );
}

/** Displays a model like Keras's summary: one line per layer, then the parameters. */
export function showModel(model: LayersModel): void {
  const layers = model.layers;
  const shapeOf = (shape: unknown): string => {
    const shapes = Array.isArray(shape) && Array.isArray(shape[0]) ? shape : [shape];
    return shapes
      .map((s: unknown) => `(${(s as (number | null)[]).map((n) => n ?? 'any').join(', ')})`)
      .join(' ');
  };
  const view: TableView = {
    columns: {
      names: ['layer', 'type', 'output', 'parameters', 'trained'],
      values: [
        layers.map((layer) => layer.name),
        layers.map((layer) => layer.getClassName()),
        layers.map((layer) => shapeOf(layer.outputShape)),
        layers.map((layer) => layer.countParams()),
        layers.map((layer) => {
          if (layer.weights.length === 0) return '';
          return layer.trainable && layer.trainableWeights.length > 0 ? 'yes' : 'no';
        }),
      ],
    },
    limit: 200,
  };
  const count = (weights: { shape: (number | null)[] }[]) =>
    weights.reduce((sum, w) => sum + w.shape.reduce<number>((n, d) => n * (d ?? 1), 1), 0);
  const trained = count(model.trainableWeights);
  const all = count(model.weights);
  const foot = `${formatNumber(all)} parameters, ${formatNumber(trained)} trained, ${formatNumber(all - trained)} not`;
  const title = `model ${model.name}`;
  publish({
    'text/html': `<p><b>${escapeHtml(title)}</b></p>${tableHtml(view)}<p>${foot}</p>`,
    'text/plain': `${title}\n${tableText(view)}\n${foot}`,
  });
}
