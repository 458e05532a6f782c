import * as fs from 'node:fs';

/** A plotly figure as an executed notebook holds it. */
export interface StoredPlot {
  data: Record<string, unknown>[];
  layout: Record<string, unknown>;
}

/** Renders figures as PNG files, in their order; a notebook's figures in one call. */
export type PlotRenderer = (plots: readonly StoredPlot[]) => Promise<Uint8Array[]>;

export interface FigureFile {
  /** Such as `cell-4-1.png`: the cell's number in the notebook and the output's in the cell. */
  name: string;
  content: string | Uint8Array;
}

interface Output {
  data?: Record<string, unknown>;
}

/**
 * The figures of an executed notebook as files: images as PNG, plotly figures as `.plotly.json` and,
 * rendered, as PNG.
 *
 * @param file an `.ipynb`; nothing comes of one that is not there
 * @param failed is told why plotly figures could not be rendered
 */
export async function* notebookFigures(
  file: string,
  render: PlotRenderer | undefined,
  failed: (why: string) => void,
): AsyncGenerator<FigureFile> {
  if (!fs.existsSync(file)) return;
  const { cells } = JSON.parse(fs.readFileSync(file, 'utf8')) as {
    cells: { outputs?: Output[] }[];
  };
  const plots: { name: string; plot: StoredPlot }[] = [];
  for (const [cell, { outputs = [] }] of cells.entries()) {
    for (const [i, { data = {} }] of outputs.entries()) {
      const name = `cell-${cell + 1}-${i + 1}`;
      const png = data['image/png'];
      const plot = data['application/vnd.plotly.v1+json'] as StoredPlot | undefined;
      if (png) {
        yield { name: `${name}.png`, content: Buffer.from([png].flat().join(''), 'base64') };
      } else if (plot) {
        yield { name: `${name}.plotly.json`, content: JSON.stringify(plot) };
        plots.push({ name, plot });
      }
    }
  }
  if (!render || plots.length === 0) return;
  try {
    const pictures = await render(plots.map(({ plot }) => plot));
    for (const [i, { name }] of plots.entries()) {
      yield { name: `${name}.png`, content: pictures[i]! };
    }
  } catch (error) {
    failed(`figures are kept as plotly's JSON alone: ${(error as Error).message}`);
  }
}
