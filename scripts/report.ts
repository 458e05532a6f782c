// `npm run report`: executes the notebooks and writes the reports. `--help` tells the rest.

import { renderPng } from '../lib/plots';
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
  trackSummary,
  usage,
} from '../lib/run';
import { environment, GradbookError } from '../lib/runtime';
import { trackingTarget } from '../lib/tracking';
import { interruptSignal } from './interrupt-signal';

function reporterFor({ verbosity }: ReportOptions): Reporter {
  if (verbosity === 'json') return jsonReporter();
  const live = process.stdout.isTTY && !environment().ci && !environment().plainProgress;
  if (live && verbosity !== 'quiet') return new TerminalReporter(verbosity);
  return new PlainReporter(verbosity);
}

async function main(): Promise<number> {
  const chromium = process.env['GRADBOOK_CHROMIUM'] || undefined;
  const options = { ...parseOptions(process.argv.slice(2)), chromium };
  if (options.help) {
    console.log(options.notebooks.length > 0 ? parameterHelp(options) : usage);
    return 0;
  }
  // Before hours of work, and not after them.
  if (options.track) trackingTarget();
  const reporter = reporterFor(options);
  const signal = interruptSignal(() => reporter.interrupted());
  const summary = await report(options, reporter, signal);
  if (options.track) {
    await trackSummary(summary, options.out, {
      render: async (plots) =>
        (await renderPng(plots.map((plot) => ({ ...plot, alt: '' })))).map(({ png }) => png),
      note: (message) => console.error(`report: ${message}`),
    });
  }
  return exitCode(summary);
}

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(error instanceof GradbookError ? `report: ${error.message}` : error);
    process.exit(errorCode(error));
  },
);
