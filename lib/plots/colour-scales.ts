import { inkOf } from './theme';
import type { FigureOptions } from './types';

/** A plotly colour scale for counts and shares, and the text colours that can be read on it. */
export interface CellScale {
  colours: [number, string][];
  /** Colour of a text on a cell whose strength is from 0 to 1; null is a cell left empty. */
  textOn(strength: number | null): string;
}

/** From pale to full blue, on a dark page from deep to light blue; empty cells show the page. */
export function cellScale(options: FigureOptions): CellScale {
  const dark = options.theme === 'dark';
  const colours: [number, string][] = dark
    ? [
        [0, '#17242f'],
        [0.5, '#1f5d86'],
        [1, '#6cc4f5'],
      ]
    : [
        [0, '#e3eef6'],
        [0.5, '#84b8db'],
        [1, '#0072b2'],
      ];
  const near = dark ? '#ffffff' : '#16202b';
  const far = dark ? '#0b1420' : '#ffffff';
  const none = inkOf(options.theme).text;
  return {
    colours,
    textOn: (strength) => (strength === null ? none : strength > 0.7 ? far : near),
  };
}
