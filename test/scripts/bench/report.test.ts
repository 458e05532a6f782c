import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { markdown, median, type Row, ratios, table } from '../../../scripts/bench/report';

const turns = (...seconds: number[]) =>
  seconds.map((value, i) => ({
    seconds: value,
    cpuSeconds: 2 * value,
    images: 100,
    bytes: i * 1e6,
  }));

const rows: Row[] = [
  { network: 'cnn', variant: 'ours', turns: turns(1, 2, 1), peakBytes: 3e8, tensorsLeft: 0 },
  { network: 'cnn', variant: 'keras', turns: turns(2, 3, 4), peakBytes: 6e8 },
  { network: 'cnn', variant: 'ours-bfloat16', turns: turns(0.5, 1, 0.5), peakBytes: 2e8 },
];
const about = {
  title: 'CNN',
  peaks: { float32: 100, bfloat16: 200 },
  operations: { cnn: 0.5e9 },
};

describe('median', () => {
  it('is the middle value, or the mean of the two middle ones', () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 3]), 2.5);
  });
});

describe('ratios', () => {
  it('divides turn by turn, not median by median', () => {
    assert.deepEqual(ratios(rows[0]!, rows[1]!, 'seconds'), [2, 1.5, 4]);
  });
});

describe('table', () => {
  it('has rate, latency, ratios with their spread, share of the peak of its precision, memory', () => {
    const [, ours, keras, rounded] = table(rows, about).split('\n');
    assert.match(ours!, /ours +100 \(50–100\) +10\.0 +50 % +300 +1\.0 +0$/);
    assert.match(keras!, /keras +33\.3 \(25\.0–50\.0\) +30\.0 +2\.00 \(1\.50–4\.00\)/);
    // 200 images per second of 0.5 GFLOP are half of 200 GFLOP/s.
    assert.match(rounded!, /ours-bfloat16 +200 \(100–200\) .* 50 % +200/);
  });

  it('leaves the share out where the peak is not known', () => {
    assert.doesNotMatch(table(rows, { ...about, peaks: {} }), /%/);
  });
});

describe('markdown', () => {
  it('is a table under its title', () => {
    const lines = markdown(rows, about).split('\n');
    assert.equal(lines[0], '**CNN**');
    assert.equal(new Set(lines.slice(2).map((line) => line.split('|').length)).size, 1);
    assert.equal(lines.length, 7);
  });
});
