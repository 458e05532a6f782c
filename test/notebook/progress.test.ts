import * as assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  endProgress,
  eventMime,
  isWorking,
  type ProgressEvent,
  progress,
} from '../../lib/notebook';
import { progressHtml, progressText, shortenTo } from '../../lib/notebook/progress-view';
import { collectShown } from './shown';

const shown = collectShown();
const events = () => shown.map(({ data }) => data[eventMime] as ProgressEvent);

const event: ProgressEvent = {
  ...{ kind: 'progress', id: '1', label: 'training cnn', done: 5, total: 20, unit: 'epoch' },
  ...{ fields: { loss: 0.12345 }, seconds: 10, secondsLeft: 30, state: 'running' },
};

test('a bar is one output that is replaced', () => {
  const bar = progress({ label: 'work', total: 3 });
  bar.update(3);
  bar.done();
  assert.deepEqual(
    shown.map(({ update }) => update),
    [false, ...shown.slice(1).map(() => true)],
  );
  assert.equal(new Set(shown.map(({ transient }) => transient.display_id)).size, 1);
  assert.equal(events().at(-1)!.state, 'done');
});

test('it is drawn at most ten times per second, and always at its end', () => {
  const bar = progress({ label: 'work', total: 100_000 });
  for (let i = 1; i <= 100_000; i++) bar.update(i, { i });
  bar.done({ last: 1 });
  assert.ok(shown.length < 20, `${shown.length} images`);
  assert.deepEqual(events().at(-1)!.fields, { i: 100_000, last: 1 });
});

test('a bar ends once, with its first final state', () => {
  const bar = progress({ label: 'work', total: 10 });
  bar.stop();
  bar.done();
  bar.fail('late');
  bar.update(5);
  assert.equal(events().at(-1)!.state, 'interrupted');
  assert.equal(events().length, 2);
});

test('open bars can be ended from outside', () => {
  progress({ label: 'work' });
  assert.ok(isWorking());
  endProgress('failed', 'it broke');
  assert.ok(!isWorking());
  assert.equal(events().at(-1)!.state, 'failed');
  assert.match(shown.at(-1)!.data['text/plain'], /✗ work {2}error it broke {2}failed after/);
});

test('the running bar as text and as HTML', () => {
  assert.equal(
    progressText(event),
    'training cnn █████░░░░░░░░░░░░░░░  5/20 epochs  loss 0.1235  10 s, 30 s left',
  );
  assert.match(progressHtml(event), /role="progressbar" aria-valuenow="25\.0"/);
});

test('the finished line has no bar', () => {
  const done = { ...event, done: 20, state: 'done' as const, seconds: 3725 };
  assert.equal(progressText(done), '✓ training cnn  20 epochs  loss 0.1235  1 h 2 min');
  assert.ok(!progressHtml(done).includes('progressbar'));
});

test('an unknown total shows what is done; labels are escaped', () => {
  const unknown = { ...event, label: '<b>', total: null, secondsLeft: null, fields: {} };
  assert.equal(progressText(unknown), '<b>  5 epochs  10 s');
  assert.ok(progressHtml(unknown).includes('&lt;b&gt;'));
});

test('a line is cut to the width of a terminal', () => {
  assert.equal(shortenTo('abcdef', 4), 'abc…');
  assert.equal(shortenTo('abc', 4), 'abc');
});
