import { GradbookError } from '../runtime';

/** A fixed colour for each of the ten types, near to what the games use. */
const typeColours: Readonly<Record<string, string>> = {
  Bug: '#999933',
  Fighting: '#882255',
  Fire: '#d55e00',
  Flying: '#56b4e9',
  Grass: '#009e73',
  Ground: '#e0b050',
  Normal: '#9a9a9a',
  Poison: '#b06cc8',
  Rock: '#6b5a3a',
  Water: '#0072b2',
};

/** For classes that are no pokémon types: Paul Tol's `muted` scheme, made for readers of all colour visions. */
const otherColours = [
  '#cc6677',
  '#4456b0',
  '#ddcc77',
  '#117733',
  '#88ccee',
  '#aa2266',
  '#44aa99',
  '#999933',
  '#aa4499',
  '#8a8f98',
];

/** Marks for scatter plots, so that a class is known by its shape too. */
const symbols = [
  'circle',
  'square',
  'diamond',
  'cross',
  'x',
  'triangle-up',
  'triangle-down',
  'star',
  'hexagon',
  'pentagon',
];

/**
 * The colour of a class, the same in every figure. Pokémon types have colours of their own; any
 * other class gets one by its place in the list.
 *
 * @throws GradbookError `class-out-of-range` when there is no such class
 */
export function classColour(classNames: readonly string[], index: number): string {
  const name = classNames[index];
  if (name === undefined) {
    throw new GradbookError(
      `class ${index} of ${classNames.length}: give an index from 0 to ${classNames.length - 1}`,
      'class-out-of-range',
    );
  }
  return typeColours[name] ?? otherColours[index % otherColours.length]!;
}

/** The plotly marker symbol of the n-th class; starts again after the tenth. */
export function classSymbol(index: number): string {
  return symbols[index % symbols.length]!;
}
