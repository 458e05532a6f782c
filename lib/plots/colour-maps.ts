import { GradbookError } from '../runtime';

/** Perceptually uniform colour maps, also in greyscale. */
export type ColourMapName = 'viridis' | 'inferno' | 'magma';

/**
 * 33 colours of each map, evenly spaced; between them it is interpolated, which stays within 2/255 of
 * the tables of 256. By Nathaniel Smith and Stéfan van der Walt (CC0), from matplotlib 3.11.
 */
const tables: Record<ColourMapName, string> = {
  viridis:
    '440154470d6048186a482374472d7b4536814240863f49893b528b375a8d33638d2f6a8e2c728e297a8e26818e23898e21908c1f988b1f9f8821a68528ae8031b57b3ebc744cc26c5dc9636ece5882d34c96d83fabdc32c0df24d5e21aeae51afde725',
  inferno:
    '0000040403120b0724150b37210c4a2e0a5a3c09654a0c6b57106d63146e70196e7d1e6d89226a962766a32b61af315cbb3755c63e4dd14644db4f3be35932eb6528f1711ef67f14f98d0afb9c06fcab0ffbba1ff9ca32f5d949f2e865f3f586fcffa4',
  magma:
    '0000040303110a0822130d331d114628115a36106a430f7650127c5d177f691c817621818226818f2a819c2e7fa9327db63779c33b75cf4170db486ae65163ee5c5ef5695cf9785dfb8761fd9668fea571feb47bfec387fed194fde0a2fceeb0fcfdbf',
};

/**
 * The colour of a value from 0 to 1, each channel 0 to 255; values outside are clipped.
 *
 * @throws GradbookError `unknown-colour-map`
 * @example
 * const [red, green, blue] = mapColour('inferno', 0.5);
 */
export function mapColour(name: ColourMapName, value: number): [number, number, number] {
  const table = tables[name];
  if (!table) {
    throw new GradbookError(
      `unknown colour map: ${name}. There are ${Object.keys(tables).join(', ')}`,
      'unknown-colour-map',
    );
  }
  const place = Math.min(1, Math.max(0, value)) * (table.length / 6 - 1);
  const low = Math.min(Math.floor(place), table.length / 6 - 2);
  const share = place - low;
  const channel = (c: number) => {
    const at = (stop: number) =>
      Number.parseInt(table.slice(stop * 6 + c * 2, stop * 6 + c * 2 + 2), 16);
    return Math.round(at(low) * (1 - share) + at(low + 1) * share);
  };
  return [channel(0), channel(1), channel(2)];
}

/** The map as plotly's colour scale. */
export function colourScaleOf(name: ColourMapName): [number, string][] {
  return Array.from({ length: 17 }, (_, i) => [
    i / 16,
    `rgb(${mapColour(name, i / 16).join(',')})`,
  ]);
}
