import { shownLength } from './plain-text';
import type { Figure, FigureOptions, Theme } from './types';

/** Colours of one theme, as `#rrggbb`; a background of null is transparent. */
export interface Ink {
  background: string | null;
  /** Text and axes. */
  text: string;
  /** Grid lines. */
  grid: string;
  /** Secondary elements: connectors, empty cells, frames. */
  faint: string;
}

/** `auto` uses the grey with equal contrast to white and to JupyterLab's dark page. */
const inks: Record<Theme, Ink> = {
  auto: { background: null, text: '#767a80', grid: '#80808038', faint: '#8a8f9870' },
  light: { background: '#ffffff', text: '#24292f', grid: '#e3e6ea', faint: '#b6bcc4' },
  dark: { background: '#111418', text: '#dfe3e8', grid: '#2c323a', faint: '#59616b' },
};

/** The colours of a theme. */
export function inkOf(theme: Theme = 'auto'): Ink {
  return inks[theme];
}

/**
 * Okabe and Ito's colours (2008), which are colour-blind safe, in an order whose neighbours differ
 * in lightness; without black and yellow, which are invisible on a dark or a light page.
 */
export const seriesColours = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#56b4e9',
  '#d55e00',
  '#8a8f98',
] as const;

/** The colour of the n-th series; repeats after the last. */
export function seriesColour(index: number): string {
  return seriesColours[index % seriesColours.length]!;
}

/** Colours with a fixed meaning. Never the only distinction: a marker or a dash is used too. */
export const meaning = { good: '#009e73', bad: '#d55e00', neutral: '#8a8f98' } as const;

/** A plotly layout with the theme's fonts, colours and sizes; `extra` overrides it, key by key. */
export function themedLayout(
  options: FigureOptions,
  defaults: { title: string; height: number },
  extra: Record<string, unknown> = {},
): Record<string, unknown> {
  const ink = inkOf(options.theme);
  const title = options.title ?? defaults.title;
  const clear = ink.background ?? 'rgba(0,0,0,0)';
  return {
    width: options.width ?? 840,
    height: options.height ?? defaults.height,
    autosize: false,
    paper_bgcolor: clear,
    plot_bgcolor: 'rgba(0,0,0,0)',
    font: { family: 'system-ui, "Segoe UI", "DejaVu Sans", sans-serif', size: 12, color: ink.text },
    ...(title ? { title: titleOf(title) } : {}),
    margin: { l: 60, r: 24, t: title ? 52 : 24, b: 48 },
    colorway: [...seriesColours],
    hoverlabel: { font: { family: 'monospace', size: 12 } },
    ...extra,
  };
}

function titleOf(text: string): Record<string, unknown> {
  return {
    text,
    font: { size: 15 },
    x: 0,
    xref: 'paper',
    xanchor: 'left',
    yref: 'container',
    y: 1,
    yanchor: 'top',
    pad: { t: 14 },
  };
}

/** An axis in the theme's colours; `extra` overrides it. */
export function themedAxis(
  options: FigureOptions,
  title: string,
  extra: Record<string, unknown> = {},
): Record<string, unknown> {
  const ink = inkOf(options.theme);
  return {
    ...(title ? { title: { text: title, standoff: 8 } } : {}),
    // plotly's schema has no colour for a grid that is not shown
    ...(extra['showgrid'] === false ? {} : { gridcolor: ink.grid }),
    linecolor: ink.faint,
    zeroline: false,
    automargin: true,
    ...extra,
  };
}

/**
 * Puts the legend in lines between the title and the plot, and increases the figure's height by
 * those lines, unless its height was given.
 *
 * @param names the legend's entries, from which its lines are counted
 */
export function withTopLegend(
  layout: Record<string, unknown>,
  names: readonly string[],
  options: FigureOptions,
): Record<string, unknown> {
  const { width, height, margin } = layout as {
    width: number;
    height: number;
    margin: { l: number; r: number; t: number };
  };
  const longest = Math.max(0, ...names.map((name) => 5.9 * shownLength(name) + 45));
  const columns = Math.max(1, Math.floor((width - margin.l - margin.r) / longest));
  const lines = Math.ceil(names.length / columns);
  const above = layout['title'] ? 38 : 10;
  const grown = height + (options.height ? 0 : 20 * lines - 12);
  return {
    ...layout,
    height: grown,
    margin: { ...margin, t: above + 20 * lines + 10 },
    showlegend: true,
    legend: {
      orientation: 'h',
      x: 0,
      xanchor: 'left',
      y: 1 - above / grown,
      yref: 'container',
      yanchor: 'top',
      traceorder: 'normal',
      font: { size: 11 },
    },
  };
}

/** Puts a figure together; the mode bar stays hidden until the pointer is over the figure. */
export function figureOf(
  data: Record<string, unknown>[],
  layout: Record<string, unknown>,
  alt: string,
): Figure {
  return { data, layout, config: { displaylogo: false, displayModeBar: 'hover' }, alt };
}
