import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultJobs } from '../../../lib/run/plan/default-jobs';
import { parseOptions } from '../../../lib/run/plan/options';
import { inWorkspace } from '../../../lib/runtime';

test('defaults', () => {
  const options = parseOptions([]);
  assert.equal(options.profile, 'quick');
  assert.equal(options.out, inWorkspace('reports'));
  assert.deepEqual([options.jobs, options.seeds, options.html], [defaultJobs(), 1, true]);
  assert.deepEqual([options.cellTimeout, options.timeout], [1800, 3600]);
});

test('all options', () => {
  const options = parseOptions(
    '02-cnn 03-x -p lr=0.1 --parameter a=b=c --epochs 3 --seed 7 --profile full --jobs 2 --seeds 3 --max-output 2.5M --quiet'.split(
      ' ',
    ),
  );
  assert.deepEqual(options.notebooks, ['02-cnn', '03-x']);
  assert.deepEqual(options.parameters, { lr: '0.1', a: 'b=c', epochs: '3', seed: '7' });
  assert.deepEqual([options.profile, options.jobs, options.seeds], ['full', 2, 3]);
  assert.deepEqual([options.cellTimeout, options.maxOutput], [0, 2_500_000]);
  assert.equal(options.verbosity, 'quiet');
});

test('invalid options are rejected with the value', () => {
  const cases: [string[], RegExp][] = [
    [['--bla'], /Unknown option '--bla'/],
    [['--profile', 'slow'], /--profile "slow" is unknown; allowed are smoke, quick, full/],
    [['--jobs', '0'], /--jobs "0" must be an integer of 1 or more/],
    [['--jobs', '1.5'], /integer/],
    [['--gpus', 'red'], /--gpus "red": there is no GPU "red"/],
    [['--timeout', '-1'], /--timeout/],
    [['--timeout='], /--timeout ""/],
    [['--max-output', 'much'], /--max-output "much"/],
    [['-p', 'lr'], /not name=value/],
    [['--no-html', '--pdf'], /made from the HTML pages/],
  ];
  for (const [args, message] of cases) assert.throws(() => parseOptions(args), { message });
});
