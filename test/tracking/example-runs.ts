// The store of the test, for MLflow to read:
//   node --import tsx test/tracking/example-runs.ts STORE && python test/tracking/fixtures/read_mlflow.py STORE
import { MlflowRun } from '../../lib/tracking';

/** Two runs with every kind of entry. Returns their folders. */
export function exampleRuns(trackingUri: string): string[] {
  const run = MlflowRun.start({ trackingUri, name: 'first: run', startTime: 1_700_000_000_000 });
  run.parameter('dropout', 0.3);
  run.parameter('filters', [32, 64]);
  run.parameter('note', 'a\nb "c" é');
  run.parameter('../../odd, name', true);
  for (const [step, value] of [2.5, 0.1, Number.NaN, Number.POSITIVE_INFINITY, 1e-7].entries()) {
    run.metric('loss', value, step, 1_700_000_000_000 + step);
  }
  run.metric('2.4 test accuracy', 0.97, 0, 1_700_000_000_500);
  run.metric('bound/accuracy', 1, 0, 1_700_000_000_500);
  run.tag('profile', 'quick');
  run.artifact('figures/a.png', Buffer.from([1, 2, 3]));
  run.artifact('report.html', '<p>é</p>');
  MlflowRun.resume(run.folder).cutMetrics(4);
  run.metric('loss', 0.25, 4, 1_700_000_000_009);
  run.end('FINISHED', 1_700_000_010_000);
  const other = MlflowRun.start({
    trackingUri,
    experiment: "another: 'one'",
    name: 'second',
    startTime: 1_700_000_020_000,
  });
  other.end('KILLED', 1_700_000_030_000);
  return [run.folder, other.folder];
}

if (require.main === module) exampleRuns(process.argv[2]!);
