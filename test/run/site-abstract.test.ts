import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { abstract } from '../../lib/run/site/abstract';

describe('the abstract of the report', () => {
  it('prints a share that is 1 as a percentage, as it prints every other', () => {
    const pointing = (value: number) =>
      abstract([{ section: '5', name: 'pointing game of the best method', value }], 'quick')[0];
    assert.match(pointing(1)!, /on the pokémon in 100 % of the images/);
    assert.match(pointing(0.825)!, /on the pokémon in 82\.5 % of the images/);
  });

  it('prints a value in the form of the paper', () => {
    const metrics = [
      { section: '2.4', name: 'test accuracy with callbacks', value: 1, paper: '99.5 %' },
      { section: '4.1.1', name: 'test accuracy, frozen', value: 0.912, paper: '0.9400' },
    ];
    const text = abstract(metrics, 'smoke').join(' ');
    assert.match(text, /100 % \(paper: 99\.5 %\) with them/);
    assert.match(text, /0\.9120 \(paper: 0\.9400\) frozen/);
  });
});
