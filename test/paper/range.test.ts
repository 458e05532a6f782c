import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inPaperForm, paperRange } from '../../lib/paper';

test("the paper's words become ranges", () => {
  assert.deepEqual(paperRange('99.5 %'), [0.995, 0.995]);
  assert.deepEqual(paperRange('about 30 %'), [0.3, 0.3]);
  assert.deepEqual(paperRange('50 to 60 %'), [0.5, 0.6]);
  assert.deepEqual(paperRange('0.9400'), [0.94, 0.94]);
  assert.equal(paperRange('significantly lower'), null);
  assert.equal(paperRange('4500'), null);
});

test("a value is written in the form of the paper's", () => {
  assert.equal(inPaperForm(0.9881, '99.5 %'), '98.8 %');
  assert.equal(inPaperForm(1, '99.5 %'), '100 %');
  assert.equal(inPaperForm(0.988, '0.9960'), '0.9880');
  assert.equal(inPaperForm(0.0548, '0.0560', true), '+0.0548');
  assert.equal(inPaperForm(0.012, 'significantly lower', true), '+1.2 points');
  assert.equal(inPaperForm(-0.02, 'significantly lower', true), '-2 points');
  assert.equal(inPaperForm(0.9977, undefined), '99.77 %');
  assert.equal(inPaperForm(4500, undefined), '4500');
  assert.equal(inPaperForm(Number.NaN, '99.5 %'), 'NaN');
});
