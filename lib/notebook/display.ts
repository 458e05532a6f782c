import * as util from 'node:util';
import { isModel, showModel } from './model-view';
import { isFigure, isPicture, show } from './show';
import { publish } from './sink';
import { isDataFrame, isHistory, isSeries, table } from './table';
import { isTensor, showTensor } from './tensor-view';

/**
 * Displays any value: tensors (image batches as images), danfo DataFrames and Series, training
 * histories, models, figures and images; anything else as Node prints it. The kernel displays the
 * last expression of a cell with it. Tensors belong to the caller.
 */
export function display(value: unknown): void {
  if (isShown(value)) return;
  const own = ownDisplay(value);
  if (own) own();
  else if (typeof value !== 'object' || value === null) {
    publish({ 'text/plain': typeof value === 'string' ? value : inspect(value) });
  } else if (isTensor(value)) showTensor(value);
  else if (isPicture(value) || isFigure(value)) show(value);
  else if (isModel(value)) showModel(value);
  else if (isDataFrame(value) || isSeries(value) || isHistory(value)) table(value);
  else publish({ 'text/plain': inspect(value) });
}

/** Key of a method by which an object displays itself, like Python's `_repr_html_`. */
export const showsItself = Symbol.for('gradbook.showsItself');

function ownDisplay(value: unknown): (() => void) | undefined {
  if (typeof value !== 'object' || value === null || util.types.isProxy(value)) return undefined;
  const own = (value as Record<symbol, unknown>)[showsItself];
  return typeof own === 'function' ? () => own.call(value) : undefined;
}

/** Marks an object that is displayed elsewhere: `display` ignores it. */
export const alreadyShown = Symbol.for('gradbook.alreadyShown');

function isShown(value: unknown): boolean {
  // A proxy's traps may throw.
  if (typeof value !== 'object' || value === null || util.types.isProxy(value)) return false;
  return alreadyShown in value;
}

function inspect(value: unknown): string {
  return util.inspect(value, { depth: 4, maxArrayLength: 50, maxStringLength: 10_000 });
}
