import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProgressEvent } from '../../../lib/notebook/events';
import type { NotebookRun } from '../../../lib/run/record';
import { liveLine, shortened } from '../../../lib/run/reporters/live-line';
import { PlainReporter } from '../../../lib/run/reporters/plain-reporter';
import { TerminalReporter } from '../../../lib/run/reporters/terminal-reporter';
import { textTable } from '../../../lib/run/summary/text-table';

const event: ProgressEvent = {
  kind: 'progress',
  id: '1',
  label: 'training a very large network',
  done: 812,
  total: 2400,
  unit: 'batch',
  fields: {
    epoch: '7/20',
    loss: 0.31234,
    accuracy: 0.9,
    val_loss: 0.4,
    val_accuracy: 0.8712,
    learning_rate: 0.001,
  },
  seconds: 60,
  secondsLeft: 125,
  state: 'running',
};
const live = { seconds: 185, silence: 1, cell: 'cell 9/11', progress: event };

/** A terminal that records its visible content. */
class Screen {
  readonly lines: string[] = [''];
  columns = 80;

  write(text: string): boolean {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal escape codes
    const parts = text.split(/(\u001b\[\d+[AJ]|\n|\r)/);
    for (const part of parts) {
      if (part === '\n') this.lines.push('');
      else if (part === '\r') this.lines[this.lines.length - 1] = '';
      else if (part.endsWith('A')) this.up(Number.parseInt(part.slice(2), 10));
      else if (!part.startsWith('\u001b')) this.lines[this.lines.length - 1] += part;
    }
    return true;
  }

  /** Erases the lines below. */
  private up(count: number): void {
    this.lines.splice(this.lines.length - 1 - count, count + 1, '');
  }
}

describe('the live line', () => {
  test('shows everything if it fits', () => {
    assert.equal(
      liveLine('02-cnn', live, 300),
      '▸ 02-cnn · 3 min 05 s · cell 9/11 · training a very large network · batch 812/2400 · ' +
        'epoch 7/20 · loss 0.3123 · accuracy 0.9 · val_loss 0.4 · val_accuracy 0.8712 · ' +
        'learning_rate 0.001 · 2 min 05 s left',
    );
  });

  test('keeps epoch, loss, metric and the time left on a narrow terminal', () => {
    const kept = 'epoch 7/20 · loss 0.3123 · val_accuracy 0.8712 · 2 min 05 s left';
    assert.equal(liveLine('02-cnn-exploration', live, 79), `▸ 02-cnn-ex… · ${kept}`);
    assert.match(liveLine('02-cnn', live, 79), /epoch 7\/20 · loss 0.3123 · val_acc.* left$/);
    for (let width = 5; width < 200; width++) {
      assert.ok(liveLine('02-cnn', live, width).length <= width);
    }
  });

  test('shows silence', () => {
    const silent = { ...live, silence: 61 };
    assert.match(liveLine('02-cnn', silent, 79), /no message for 1 min 01 s/);
  });

  test('a finished line drops values, not its status', () => {
    assert.equal(
      shortened('✓ a: passed in 3 s · 2 held · x 0.5 · y 0.25', 30),
      '✓ a: passed in 3 s · 2 held',
    );
  });
});

describe('reporters', () => {
  const run = {
    ...{ name: 'a', status: 'passed', startedAt: '', seconds: 3, parameters: {}, cells: [] },
    ...{ bounds: [], results: [], peakMemory: null, tensors: null, failure: null },
  } as NotebookRun;

  test('a terminal has one line per running notebook, updated in place', () => {
    const screen = new Screen();
    const reporter = new TerminalReporter('normal', screen as unknown as NodeJS.WriteStream);
    reporter.begin(['a', 'b']);
    reporter.started('a', 'its code changed');
    reporter.started('b', '--force');
    assert.match(screen.lines[1]!, /^▸ a · .* · starting \(its code changed\)$/);
    for (let cell = 1; cell < 50; cell++) {
      reporter.cell('a', cell, 50);
      reporter.progress('a', event);
      reporter.note('a', 'noted');
      assert.equal(screen.lines.filter((line) => line.startsWith('▸')).length, 2);
    }
    screen.write('^C');
    reporter.interrupted();
    assert.match(screen.lines.at(-4)!, /^interrupted: ending the kernels/);
    reporter.finished('a', run, false, '');
    assert.deepEqual(screen.lines.slice(-3, -2), ['✓ a: passed in 3.0 s']);
    assert.equal(screen.lines.filter((line) => line.startsWith('▸')).length, 1);
    assert.ok(screen.lines.every((line) => line.length < 80));
  });

  test('a log has one line per epoch, not per batch', (t) => {
    t.mock.timers.enable({ apis: ['Date'] });
    const lines: string[] = [];
    const reporter = new PlainReporter('normal', (line) => lines.push(line));
    for (let batch = 1; batch <= 100; batch++) {
      t.mock.timers.tick(500);
      const epoch = `${Math.ceil(batch / 20)}/5`;
      const state = batch === 100 ? 'done' : 'running';
      reporter.progress('a', { ...event, done: batch, fields: { epoch }, state });
    }
    assert.equal(lines.length, 6);
    reporter.progress('a', { ...event, id: '2', unit: 'image', fields: {} });
    assert.equal(lines.length, 6);
  });

  test('a log has one line per minute of long work without epochs', (t) => {
    t.mock.timers.enable({ apis: ['Date'] });
    const lines: string[] = [];
    const reporter = new PlainReporter('normal', (line) => lines.push(line));
    reporter.started('a', 'no green run');
    for (let done = 1; done <= 150; done++) {
      t.mock.timers.tick(1000);
      const state = done === 150 ? 'done' : 'running';
      reporter.progress('a', { ...event, unit: 'picture', done, fields: {}, state });
    }
    assert.equal(lines.length, 4, lines.join('\n'));
  });
});

test('a table keeps to its width', () => {
  const rows = [
    ['a', 'b'],
    ['x'.repeat(50), 'y'.repeat(40)],
  ];
  const lines = textTable(rows, 60, 40).split('\n');
  assert.ok(lines.every((line) => line.length <= 40));
  assert.match(lines[2]!, /^x{18}… {2}y{18}…$/);
  assert.equal(textTable(rows).split('\n')[2]!.length, 92);
});
