/**
 * Texts on the cells of a heat map, as a separate trace with a colour for each. (plotly's own heat
 * map text has a single colour, which is unreadable on some cells.) Empty texts are left out.
 */
export function cellLabels(
  cells: {
    /** Names of the columns, and of the rows. */
    x: readonly string[];
    y: readonly string[];
    text: readonly (readonly string[])[];
  },
  colourOf: (row: number, column: number) => string,
  size = 11,
): Record<string, unknown> {
  const shown = cells.text.flatMap((row, i) =>
    row.map((text, j) => ({ text, i, j })).filter(({ text }) => text),
  );
  return {
    type: 'scatter',
    mode: 'text',
    x: shown.map(({ j }) => cells.x[j]),
    y: shown.map(({ i }) => cells.y[i]),
    text: shown.map(({ text }) => text),
    textfont: { color: shown.map(({ i, j }) => colourOf(i, j)), size },
    hoverinfo: 'skip',
    showlegend: false,
  };
}
