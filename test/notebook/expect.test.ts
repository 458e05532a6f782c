import * as assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventMime, expect, result, settings } from '../../lib/notebook';
import { collectShown } from './shown';

const shown = collectShown();
const event = () => shown[0]!.data[eventMime] as Record<string, unknown>;

test('a bound holds at its very limits', () => {
  for (const value of [0.5, 0.7, 0.9]) {
    shown.length = 0;
    expect('accuracy', value, { atLeast: 0.5, atMost: 0.9 });
    assert.equal(event()['holds'], true, String(value));
  }
});

test('a bound that is missed is told and does not throw', () => {
  expect('accuracy', 0.4999, { atLeast: 0.5 });
  assert.deepEqual(event(), {
    kind: 'bound',
    name: 'accuracy',
    value: 0.4999,
    atLeast: 0.5,
    holds: false,
  });
  assert.match(
    shown[0]!.data['text/plain'],
    /✗ accuracy: 0\.4999 \(expected at least 0\.5: missed\)/,
  );
});

test('NaN, infinity and a missing value never hold', () => {
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of [...values, undefined, null, '0.9'] as number[]) {
    shown.length = 0;
    expect('loss', value, { atLeast: -1e9 });
    assert.equal(event()['holds'], false, String(value));
  }
});

test('a bound without a limit, or with one that is no number, is an error', () => {
  assert.throws(() => expect('x', 1, {}), /give atLeast, atMost or both/);
  assert.throws(() => expect('x', 1, { atLeast: Number.NaN }), /as numbers/);
});

test('the profile smoke judges no bound, and says so', () => {
  const only = { smoke: {}, quick: {}, full: {} };
  try {
    settings('smoke', only);
    for (const value of [0.4, 0.6, Number.NaN]) {
      shown.length = 0;
      expect('accuracy', value, { atLeast: 0.5 });
      assert.equal(event()['holds'], null);
      assert.match(
        shown[0]!.data['text/plain'],
        /^– accuracy: .* not judged in the profile smoke\)$/,
      );
      assert.doesNotMatch(String(shown[0]!.data['text/html']), /✓|✗|missed|success/);
    }
  } finally {
    settings('quick', only);
  }
  shown.length = 0;
  expect('accuracy', 0.4, { atLeast: 0.5 });
  assert.equal(event()['holds'], false);
});

test("a result carries the report's figure", () => {
  result({ section: '2.4', name: 'test accuracy', value: 0.994, report: '99.5 %' });
  assert.deepEqual(event(), {
    ...{ kind: 'result', section: '2.4', name: 'test accuracy', value: 0.994, report: '99.5 %' },
  });
  assert.match(shown[0]!.data['text/plain'], /§ 2\.4 test accuracy: 0\.9940 · report: 99\.5 %/);
});

const profiles = {
  smoke: { epochs: 1, rate: 0.1 },
  quick: { epochs: 5, rate: 0.1 },
  full: { epochs: 50, rate: 0.01 },
};

test('settings are those of the profile, save what is set from outside', () => {
  assert.deepEqual(settings('quick', profiles), { epochs: 5, rate: 0.1 });
  assert.deepEqual(settings('full', profiles, { epochs: 7 }), { epochs: 7, rate: 0.01 });
});

test('0 and undefined stand for the profile’s own, and profiles stay as they are', () => {
  assert.deepEqual(settings('smoke', profiles, { epochs: 0, rate: undefined }), profiles.smoke);
  settings('smoke', profiles, { epochs: 9 });
  assert.equal(profiles.smoke.epochs, 1);
});

test('an unknown profile is named with those there are', () => {
  assert.throws(
    () => settings('fast', profiles),
    /unknown profile: fast\. Choose one of smoke, quick, full/,
  );
});
