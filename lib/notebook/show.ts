import { GradbookError } from '../runtime';
import { escapeHtml } from './html';
import { pngSize } from './png';
import { publish } from './sink';

/** A plotly figure as plain objects. */
export interface FigureLike {
  data: readonly object[];
  layout: object;
  config?: object;
  /** What the figure shows, in words. */
  alt: string;
}

/** An encoded image. */
export interface PictureLike {
  /** The bytes of a PNG file. */
  png: Uint8Array;
  /** Size on the page, in CSS pixels. */
  width: number;
  height: number;
  /** What the image shows, in words. */
  alt: string;
}

export const plotlyMime = 'application/vnd.plotly.v1+json';

/** Shows a plotly figure or a PNG image in the cell; in a terminal, its description. */
export function show(thing: FigureLike | PictureLike): void {
  if (isPicture(thing)) showPicture(thing);
  else if (isFigure(thing)) showFigure(thing);
  else {
    throw new GradbookError(
      'show: give a figure { data, layout, alt } or an image { png, width, height, alt }; a function that returns a promise of one needs await',
      'not-a-figure',
    );
  }
}

export function isFigure(value: unknown): value is FigureLike {
  const figure = value as FigureLike;
  return Array.isArray(figure?.data) && typeof figure.layout === 'object' && figure.layout !== null;
}

export function isPicture(value: unknown): value is PictureLike {
  return (value as PictureLike)?.png instanceof Uint8Array;
}

function showFigure({ data, layout, config = {}, alt = 'figure' }: FigureLike): void {
  publish({
    [plotlyMime]: { data, layout, config: { displaylogo: false, responsive: true, ...config } },
    // For readers without plotly. JupyterLab prefers the interactive plot.
    'text/html': `<p><em>${escapeHtml(alt)}</em></p>`,
    'text/plain': `[figure: ${alt}]`,
  });
}

function showPicture({ png, width, height, alt = 'image' }: PictureLike): void {
  const content = Buffer.from(png.buffer, png.byteOffset, png.byteLength).toString('base64');
  const text = `[image ${width}×${height}: ${alt}]`;
  const own = pngSize(png);
  if (!own) {
    throw new GradbookError(`show: ${png.byteLength} bytes that are not a PNG file`, 'not-a-png');
  }
  if (own.width >= width) {
    const metadata = { 'image/png': { width, height, alt } };
    publish({ 'image/png': content, 'text/plain': text }, { metadata });
    return;
  }
  // Enlarged by the browser: only HTML supports pixelated scaling.
  const style = 'image-rendering:pixelated;max-width:none';
  const source = `data:image/png;base64,${content}`;
  publish({
    'text/html': `<img src="${source}" width="${width}" height="${height}" alt="${escapeHtml(alt)}" style="${style}">`,
    'text/plain': text,
  });
}
