import * as assert from 'node:assert/strict';
import { test } from 'node:test';
import { summaryMarkdown } from '../../lib/run/summary/summary-markdown';
import { summaryOf } from './summaries';

test('the summary says what was computed in, where that was not float32 alone', () => {
  const summary = summaryOf({ '00-data': [], '01-mlp': [], '02-cnn': [] });
  summary.notebooks[1]!.precision = ['float32'];
  assert.doesNotMatch(summaryMarkdown(summary), /Computed in/);
  summary.notebooks[2]!.precision = ['bfloat16', 'float32'];
  assert.match(summaryMarkdown(summary), /\nComputed in: 02-cnn bfloat16, float32\n/);
});
