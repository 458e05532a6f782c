import { inkOf } from './theme';
import type { FigureOptions } from './types';

/**
 * Texts on the cells of a heat map, as a trace of its own: white where the cell is dark, the theme's
 * grey where it is nearly empty. (A heat map's own text has one colour, unreadable somewhere.)
 *
 * @param strength of each cell from 0 (empty) to 1, by which the text's colour is chosen
 */
export function cellLabels(
  cells: {
    x: readonly (string | number)[];
    y: readonly (string | number)[];
    text: readonly (readonly string[])[];
    strength: readonly (readonly (number | null)[])[];
    /** Colours instead of those by strength, for scales that do not go from light to dark. */
    colours?: readonly (readonly string[])[];
  },
  options: FigureOptions,
  size = 11,
): Record<string, unknown> {
  const ink = inkOf(options.theme);
  const xs: (string | number)[] = [];
  const ys: (string | number)[] = [];
  const text: string[] = [];
  const colours: string[] = [];
  cells.text.forEach((row, i) => {
    row.forEach((label, j) => {
      if (!label) return;
      xs.push(cells.x[j]!);
      ys.push(cells.y[i]!);
      text.push(label);
      const strong = (cells.strength[i]?.[j] ?? 0) > 0.45;
      colours.push(cells.colours?.[i]?.[j] ?? (strong ? '#ffffff' : ink.text));
    });
  });
  return {
    type: 'scatter',
    mode: 'text',
    x: xs,
    y: ys,
    text,
    textfont: { color: colours, size },
    hoverinfo: 'skip',
    showlegend: false,
  };
}
