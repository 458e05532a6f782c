import { GradbookError } from '../../runtime';
import { type ColourMapName, mapColour } from '../colour-maps';
import { rangeOf } from '../numbers';
import { inkOf } from '../theme';
import type { Picture, Values } from '../types';
import { colourOf } from './canvas';
import { drawGrid, type GridOptions } from './grid';
import { hatch } from './hatch';

export interface ChannelGridOptions extends GridOptions {
  /** Colour map. Default `viridis`. */
  colourMap?: ColourMapName;
  /** How many channels to show at most. Default 64. */
  count?: number;
  /** Whether all channels have one colour range, so that they can be compared; else each has its own. Default false. */
  shared?: boolean;
  /** Whether to write the channel's number below. Default true for up to 64. */
  numbers?: boolean;
}

/**
 * The channels of one activation, or the filters of one kernel, as small maps; a constant (dead)
 * channel is hatched.
 *
 * @param values an activation `[height, width, channels]` (or `[1, height, width, channels]`), or a
 *   kernel `[height, width, input, output]`, of which the mean over the inputs is shown; four
 *   dimensions whose first is 1 are treated as an activation
 * @throws GradbookError `bad-shape` for any other rank
 */
export async function channelGrid(
  values: Values,
  options: ChannelGridOptions = {},
): Promise<Picture> {
  const { height, width, channels, at } = readChannels(values);
  const shown = Math.min(channels, options.count ?? 64);
  const scale = options.scale ?? Math.max(1, Math.round(72 / Math.max(height, width)));
  const maps = Array.from({ length: shown }, (_, channel) =>
    Float64Array.from({ length: height * width }, (_, i) => at(i, channel)),
  );
  const ranges = maps.map((map) => rangeOf(map));
  const common = {
    low: Math.min(...ranges.map((r) => r.low)),
    high: Math.max(...ranges.map((r) => r.high)),
  };
  const faint = colourOf(inkOf(options.theme).faint);
  let dead = 0;
  const cells = maps.map((map, channel) => {
    const own = ranges[channel]!;
    const flat = own.flat;
    if (flat) dead++;
    const { low, high } = options.shared ? common : own;
    return {
      draw: (canvas: import('./canvas').Canvas, x: number, y: number) => {
        if (flat) hatch(canvas, x, y, width * scale, height * scale, faint);
        else
          canvas.blocks(x, y, { width, height, scale }, (column, row) =>
            mapColour(
              options.colourMap ?? 'viridis',
              (map[row * width + column]! - low) / (high - low),
            ),
          );
      },
      lines: options.numbers === false ? [] : [`${channel}${flat ? ' flat' : ''}`],
    };
  });
  const alt = `${options.title ?? 'channels'}: ${shown} of ${channels} channels of ${height}×${width}, ${dead} of them flat`;
  return drawGrid(cells, { width: width * scale, height: height * scale }, options, alt);
}

function readChannels(input: Values) {
  const shape =
    input.shape[0] === 1 && input.shape.length === 4 ? input.shape.slice(1) : input.shape;
  const [height = 0, width = 0, third = 0, fourth] = shape;
  if (shape.length === 3) {
    return {
      height,
      width,
      channels: third,
      at: (i: number, c: number) => input.values[i * third + c]!,
    };
  }
  if (shape.length !== 4 || fourth === undefined) {
    throw new GradbookError(
      `values of shape [${input.shape.join(', ')}]: give an activation [height, width, channels] or a kernel [height, width, input, output]`,
      'bad-shape',
    );
  }
  const mean = (i: number, c: number) => {
    let sum = 0;
    for (let k = 0; k < third; k++) sum += input.values[(i * third + k) * fourth + c]!;
    return sum / third;
  };
  return { height, width, channels: fourth, at: mean };
}
