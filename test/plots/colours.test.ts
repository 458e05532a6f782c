import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { classColour } from '../../lib/plots';
import { colourScaleOf, mapColour } from '../../lib/plots/colour-maps';
import { heatMapOf } from '../../lib/plots/heat-maps';
import { inkOf } from '../../lib/plots/theme';

const types = 'Bug Fighting Fire Flying Grass Ground Normal Poison Rock Water'.split(' ');

/** Linear RGB as people without one kind of cone see it (Machado, Oliveira and Fernandes, 2009). */
const visions = {
  full: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [
    0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998,
  ],
  deuteranopia: [
    0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881,
  ],
  tritanopia: [
    1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039,
  ],
};

function linear(hex: string): number[] {
  return [1, 3, 5].map((at) => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
}

function times(matrix: readonly number[], [a, b, c]: readonly number[]): number[] {
  return [0, 3, 6].map((i) => matrix[i]! * a! + matrix[i + 1]! * b! + matrix[i + 2]! * c!);
}

/** Björn Ottosson's Oklab, in which distances are near to what people see; 0.02 is just noticeable. */
function oklab(rgb: readonly number[]): number[] {
  const lms = times(
    [
      0.4122214708, 0.5363325363, 0.0514459929, 0.2119034982, 0.6806995451, 0.1073969566,
      0.0883024619, 0.2817188376, 0.6299787005,
    ],
    rgb.map((c) => Math.min(1, Math.max(0, c))),
  ).map(Math.cbrt);
  return times(
    [
      0.2104542553, 0.793617785, -0.0040720468, 1.9779984951, -2.428592205, 0.4505937099,
      0.0259040371, 0.7827717662, -0.808675766,
    ],
    lms,
  );
}

function contrast(a: string, b: string): number {
  const [high, low] = [a, b]
    .map((hex) => times([0.2126, 0.7152, 0.0722, 0, 0, 0, 0, 0, 0], linear(hex))[0]! + 0.05)
    .sort((x, y) => y - x);
  return high! / low!;
}

describe('colours of the types', () => {
  it('differ for every colour vision', () => {
    for (const [vision, matrix] of Object.entries(visions)) {
      const seen = types.map((_, i) => oklab(times(matrix, linear(classColour(types, i)))));
      seen.forEach((one, i) => {
        seen.slice(0, i).forEach((other, j) => {
          const apart = Math.hypot(...one.map((value, c) => value - other[c]!));
          assert.ok(apart > 0.075, `${types[i]} and ${types[j]}, ${vision}: ${apart.toFixed(3)}`);
        });
      });
    }
  });

  it('have contrast to white and to a dark page', () => {
    types.forEach((name, i) => {
      assert.ok(contrast(classColour(types, i), '#ffffff') > 1.85, name);
      assert.ok(contrast(classColour(types, i), '#111111') > 2.4, name);
    });
  });

  it('do not depend on the order, and other classes get one too', () => {
    assert.equal(classColour(['Water', 'Bug'], 0), classColour(types, 9));
    assert.notEqual(classColour(['cat', 'dog'], 0), classColour(['cat', 'dog'], 1));
    assert.throws(() => classColour(['cat'], 1), { code: 'class-out-of-range' });
  });

  it("text without a background is readable on white and on JupyterLab's dark page", () => {
    assert.ok(contrast(inkOf('auto').text, '#ffffff') > 4);
    assert.ok(contrast(inkOf('auto').text, '#111111') > 4);
    assert.ok(contrast(inkOf('light').text, '#ffffff') > 7);
    assert.ok(contrast(inkOf('dark').text, inkOf('dark').background!) > 7);
  });
});

describe('colour maps', () => {
  it("equal matplotlib's at their ends and near to them between", () => {
    assert.deepEqual(mapColour('viridis', 0), [68, 1, 84]);
    assert.deepEqual(mapColour('viridis', 1), [253, 231, 37]);
    assert.deepEqual(mapColour('inferno', 1), [252, 255, 164]);
    assert.deepEqual(mapColour('magma', -5), [0, 0, 4]);
    // matplotlib.colormaps['viridis'](77, bytes=True) of matplotlib 3.11.2, and so on
    for (const [name, expected] of [
      ['viridis', [52, 95, 141]],
      ['inferno', [107, 23, 110]],
      ['magma', [101, 26, 128]],
    ] as const) {
      mapColour(name, 77 / 255).forEach((value, c) => {
        assert.ok(Math.abs(value - expected[c]!) <= 2, `${name}: ${value}`);
      });
    }
  });

  it('have increasing lightness', () => {
    for (const name of ['viridis', 'inferno', 'magma'] as const) {
      const light = colourScaleOf(name).map(
        ([at]) => oklab(mapColour(name, at).map((c) => (c / 255) ** 2.2))[0]!,
      );
      assert.ok(light.every((value, i) => i === 0 || value > light[i - 1]!));
    }
    assert.throws(() => mapColour('jet' as 'viridis', 0), { code: 'unknown-colour-map' });
  });
});

describe('heatMapOf', () => {
  it('interpolates between the centres of the cells', () => {
    const heat = heatMapOf({ values: [0, 1], shape: [1, 1, 2] }, 0, { width: 4, height: 1 });
    assert.equal(heat.kind, 'map');
    if (heat.kind !== 'map') return;
    assert.deepEqual(
      [0, 1, 2, 3].map((x) => heat.at(x, 0)),
      [0, 0.25, 0.75, 1],
    );
  });
});
