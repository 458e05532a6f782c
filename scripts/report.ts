// `npm run report`: executes the notebooks and writes the reports. `--help` tells the rest.
import {
  errorCode,
  exitCode,
  jsonReporter,
  PlainReporter,
  parameterHelp,
  parseOptions,
  type Reporter,
  type ReportOptions,
  report,
  TerminalReporter,
  usage,
} from '../lib/run';
import { environment, GradbookError } from '../lib/runtime';

function reporterFor({ verbosity }: ReportOptions): Reporter {
  if (verbosity === 'json') return jsonReporter();
  const live = process.stdout.isTTY && !environment().ci && !environment().plainProgress;
  if (live && verbosity !== 'quiet') return new TerminalReporter(verbosity);
  return new PlainReporter(verbosity);
}

/** Aborted by the first Ctrl-C; the second one ends the process, and its kernels with it. */
function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    process.stderr.write('\ninterrupted: ending the kernels, writing what there is\n');
    controller.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
  return controller.signal;
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    console.log(options.notebooks.length > 0 ? parameterHelp(options) : usage);
    return 0;
  }
  const summary = await report(options, reporterFor(options), interruptSignal());
  return exitCode(summary);
}

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(error instanceof GradbookError ? `report: ${error.message}` : error);
    process.exit(errorCode(error));
  },
);
