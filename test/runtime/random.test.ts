import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { getSeed, nextSeed, Random, random, setSeed } from '../../lib/runtime';

describe('Random', () => {
  it('gives the same sequence from the same seed, and another from another', () => {
    const draw = (seed: number) => {
      const generator = new Random(seed);
      return Array.from({ length: 5 }, () => generator.next());
    };
    assert.deepEqual(draw(7), draw(7));
    assert.notDeepEqual(draw(7), draw(8));
  });

  it('matches the published mulberry32', () => {
    // First outputs of the reference implementation for seed 1.
    const generator = new Random(1);
    assert.equal(generator.next(), 0.6270739405881613);
    assert.equal(generator.next(), 0.002735721180215478);
  });

  it('is uniform: mean, variance and range of 20,000 draws', () => {
    const generator = new Random(3);
    const draws = Array.from({ length: 20_000 }, () => generator.next());
    const mean = draws.reduce((a, b) => a + b) / draws.length;
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
    assert.ok(Math.abs(mean - 0.5) < 0.01, `mean ${mean}`);
    assert.ok(Math.abs(variance - 1 / 12) < 0.003, `variance ${variance}`);
    assert.ok(draws.every((x) => x >= 0 && x < 1));
  });

  it('draws normal deviates', () => {
    const generator = new Random(5);
    const draws = Array.from({ length: 20_000 }, () => generator.normal());
    const mean = draws.reduce((a, b) => a + b) / draws.length;
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
    assert.ok(Math.abs(mean) < 0.03 && Math.abs(variance - 1) < 0.04, `${mean} ${variance}`);
  });

  it('reaches both ends of an integer range and refuses an empty one', () => {
    const generator = new Random(2);
    const seen = new Set(Array.from({ length: 200 }, () => generator.integer(-1, 3)));
    assert.deepEqual(
      [...seen].sort((a, b) => a - b),
      [-1, 0, 1, 2],
    );
    assert.throws(() => generator.integer(3, 3), /no integer in \[3, 3\)/);
    assert.throws(() => generator.integer(0, 1.5), RangeError);
  });

  it('permutes: every number once', () => {
    const order = new Random(4).permutation(100);
    assert.notDeepEqual(
      [...order],
      [...order].sort((a, b) => a - b),
    );
    assert.deepEqual(
      [...order].sort((a, b) => a - b),
      Array.from({ length: 100 }, (_, i) => i),
    );
    assert.equal(new Random(4).permutation(0).length, 0);
  });

  it('continues from a saved state', () => {
    const generator = new Random(9);
    generator.next();
    const state = generator.getState();
    const expected = [generator.next(), generator.next()];
    generator.setState(state);
    assert.deepEqual([generator.next(), generator.next()], expected);
  });

  it('refuses a seed that is not an integer', () => {
    assert.throws(() => new Random(1.5), /seed 1.5: give an integer/);
    assert.throws(() => setSeed(Number.NaN), /seed NaN/);
  });
});

describe('setSeed', () => {
  it("resets the process's generator", () => {
    setSeed(11);
    const first = [nextSeed(), random().next()];
    setSeed(11);
    assert.deepEqual([nextSeed(), random().next()], first);
    assert.equal(getSeed(), 11);
  });
});
