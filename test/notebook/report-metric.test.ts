import * as assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventMime, reportMetric } from '../../lib/notebook';
import { collectShown } from './shown';

const shown = collectShown();
const events = () => shown[0]!.data[eventMime] as Record<string, unknown>[];
const bound = () => events().find(({ kind }) => kind === 'bound')!;

test('a bound is inclusive', () => {
  for (const value of [0.5, 0.7, 0.9]) {
    shown.length = 0;
    reportMetric('accuracy', value, { atLeast: 0.5, atMost: 0.9 });
    assert.equal(bound()['holds'], true, String(value));
  }
});

test('a missed bound is shown and does not throw', () => {
  reportMetric('accuracy', 0.4999, { atLeast: 0.5 });
  assert.deepEqual(events(), [
    { kind: 'bound', name: 'accuracy', value: 0.4999, atLeast: 0.5, holds: false },
  ]);
  assert.equal(shown[0]!.data['text/plain'], '✗ accuracy: 0.4999 · expected at least 0.5: missed');
});

test('NaN, infinity and a missing value never hold', () => {
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of [...values, undefined, null, '0.9'] as number[]) {
    shown.length = 0;
    reportMetric('loss', value, { atLeast: -1e9 });
    assert.equal(bound()['holds'], false, String(value));
  }
});

test('a bound without a limit, with an invalid one, or with swapped limits is an error', () => {
  for (const atLeast of [undefined, Number.NaN, Number.NEGATIVE_INFINITY]) {
    assert.throws(() => reportMetric('x', 1, { atLeast }), /finite numbers/);
  }
  assert.throws(() => reportMetric('x', 1, { atLeast: 2, atMost: 1 }), /2 is above atMost 1/);
  assert.equal(shown.length, 0);
});

test('a bound that every value of the metric satisfies is an error', () => {
  const free = [
    ['test accuracy', { atLeast: 0 }],
    ['val_accuracy', { atLeast: -1, atMost: 1 }],
    ['recall, frozen', { atMost: 1 }],
    ['test IoU', { atMost: 1.5 }],
    ['share of two types', { atLeast: 0, atMost: 1 }],
  ] as const;
  for (const [name, bounds] of free) {
    assert.throws(() => reportMetric(name, 0.5, bounds), { code: 'bad-bounds' }, name);
  }
  // These can be missed.
  reportMetric('test accuracy', 0.5, { atLeast: 0, atMost: 0.9 });
  reportMetric('accuracy gained', 0.02, { atLeast: 0.01 });
  reportMetric('loss', 0.5, { atLeast: 0 });
  assert.equal(shown.length, 3);
});

test('the profile smoke judges no bound, and shows that', () => {
  process.env['GRADBOOK_PROFILE'] = 'smoke';
  try {
    for (const value of [0.4, 0.6, Number.NaN]) {
      shown.length = 0;
      reportMetric('accuracy', value, { atLeast: 0.5 });
      assert.equal(bound()['holds'], null);
      assert.match(
        shown[0]!.data['text/plain'],
        /^– accuracy: .* not judged in the profile smoke$/,
      );
      assert.doesNotMatch(String(shown[0]!.data['text/html']), /✓|✗|missed|success/);
    }
  } finally {
    delete process.env['GRADBOOK_PROFILE'];
  }
});

test("a metric carries its section, the paper's value, its bound and its details at once", () => {
  const about = { section: '2.4', paper: '99.5 %', atLeast: 0.985, details: { epochs: 12 } };
  reportMetric('test accuracy', 0.994, about);
  assert.deepEqual(events(), [
    {
      ...{ kind: 'result', section: '2.4', name: 'test accuracy', value: 0.994 },
      ...{ paper: '99.5 %', details: { epochs: 12 } },
    },
    { kind: 'bound', name: 'test accuracy', value: 0.994, atLeast: 0.985, holds: true },
  ]);
  assert.equal(
    shown[0]!.data['text/plain'],
    '✓ § 2.4 test accuracy: 0.9940 · paper: 99.5 % · expected at least 0.985 · epochs 12',
  );
});

test('names and details are escaped', () => {
  reportMetric('<b>', 1, { section: '<i>', paper: '<u>', details: { '<s>': '<p>' } });
  assert.doesNotMatch(String(shown[0]!.data['text/html']), /<i>|<u>|<s>|<p>|<b><b>/);
});
