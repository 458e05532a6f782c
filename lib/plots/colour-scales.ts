/** Plotly colour scales for heat maps: perceptually even, safe for all colour visions. */
export type ColourScale = readonly (readonly [number, string])[];

/** From nearly nothing to dark blue; starts transparent, so that it suits light and dark pages. */
export const sequential: ColourScale = [
  [0, 'rgba(0,114,178,0.06)'],
  [0.5, 'rgba(0,114,178,0.5)'],
  [1, 'rgba(0,114,178,1)'],
];

/** For values on both sides of a middle: vermilion, nothing, blue. */
export const diverging: ColourScale = [
  [0, 'rgba(213,94,0,1)'],
  [0.5, 'rgba(128,128,128,0.08)'],
  [1, 'rgba(0,114,178,1)'],
];
