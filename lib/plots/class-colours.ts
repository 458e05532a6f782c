import { GradbookError } from '../runtime';

/**
 * A fixed colour for each of the ten types: similar to those of the games, adjusted so that any two
 * differ for readers with colour vision deficiencies, on white and on black.
 */
const typeColours: Readonly<Record<string, string>> = {
  Bug: '#b2a315',
  Fighting: '#b41b78',
  Fire: '#d04f00',
  Flying: '#5fc6f9',
  Grass: '#009e73',
  Ground: '#c7bd81',
  Normal: '#8490c6',
  Poison: '#af67ff',
  Rock: '#893f23',
  Water: '#0072b2',
};

/** For classes that are not pokémon types: Paul Tol's colour-blind-safe scheme `muted`. */
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

/** Marker symbols for scatter plots, so that classes differ by shape too. */
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
 * The colour of a class, the same in every figure. Pokémon types have fixed colours; any
 * other class gets one by its index.
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
  const own = Object.entries(typeColours).find(([type]) => type === name)?.[1];
  return own ?? otherColours[index % otherColours.length]!;
}

/** The plotly marker symbol of the n-th class; repeats after the tenth. */
export function classSymbol(index: number): string {
  return symbols[index % symbols.length]!;
}
