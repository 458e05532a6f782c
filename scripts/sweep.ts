// `npm run sweep`: a notebook with every combination of some parameters. See `--help`.
import {
  errorCode,
  parseSweepOptions,
  sweep,
  sweepTable,
  sweepUsage,
  trialCommand,
} from '../lib/run';
import { GradbookError } from '../lib/runtime';
import { interruptSignal } from './interrupt-signal';

async function main(args: readonly string[]): Promise<number> {
  if (args[0] === '--trial') return trialCommand();
  const options = parseSweepOptions(args);
  if (options.help) {
    console.log(sweepUsage);
    return 0;
  }
  const signal = interruptSignal();
  const { records, missing, table } = await sweep(options, signal);
  console.log(`\n${sweepTable(records, Object.keys(options.grid))}\n\n${table}`);
  if (missing > 0) console.log(`${missing} trials are missing. Run the command again to continue.`);
  if (signal.aborted) return 130;
  const ran = records.every(({ run }) => ['passed', 'bound-missed'].includes(run.status));
  return ran && missing === 0 ? 0 : 1;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    console.error(error instanceof GradbookError ? `sweep: ${error.message}` : error);
    process.exit(errorCode(error));
  },
);
