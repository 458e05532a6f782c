import type { FigureOptions } from './types';

export interface Box {
  /** Shares of the figure, as plotly's `domain`. */
  x: [number, number];
  y: [number, number];
  /** Whether it is the bottom panel, whose x axis has a title. */
  bottom: boolean;
}

const panelHeight = 230;
const rateHeight = 110;
const gapHeight = 46;
const marginHeight = 110;

/** Places panels two in a row, with a low one across the whole width below them when `strip` is set. */
export function panels(
  count: number,
  strip: boolean,
  options: FigureOptions,
): { places: Box[]; height: number } {
  const columns = count > 1 ? 2 : 1;
  const rows = Math.ceil(count / columns);
  const inner = rows * panelHeight + (rows - 1) * gapHeight + (strip ? rateHeight + gapHeight : 0);
  const unit = 1 / inner;
  const places = Array.from({ length: count }, (_, i): Box => {
    const row = Math.floor(i / columns);
    const column = i % columns;
    const top = 1 - row * (panelHeight + gapHeight) * unit;
    return {
      x: columns === 1 ? [0, 1] : column === 0 ? [0, 0.44] : [0.56, 1],
      y: [Math.max(0, top - panelHeight * unit), top],
      bottom: !strip && i + columns >= count,
    };
  });
  if (strip) places.push({ x: [0, 1], y: [0, rateHeight * unit], bottom: true });
  return { places, height: options.height ?? inner + marginHeight };
}
