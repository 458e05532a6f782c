export { jsonReporter } from './json-reporter';
export { parseOptions, type ReportOptions, usage } from './options';
export { parameterHelp } from './parameter-help';
export { PlainReporter } from './plain-reporter';
export { report } from './report';
export type { Reporter } from './reporter';
export {
  type MetricSpread,
  metricSpreads,
  type SeedRun,
  spreadMarkdown,
  spreadRows,
} from './seeds/metric-spread';
export { sourceKey } from './seeds/source-key';
export { errorCode, exitCode, type NotebookSummary, type Summary } from './summary';
export { sweepFrame } from './sweep/frame';
export { sweep } from './sweep/sweep';
export { parseSweepOptions, type SweepOptions, sweepUsage } from './sweep/sweep-options';
export { sweepTable } from './sweep/sweep-table';
export { trialCommand } from './sweep/trial-command';
export { TerminalReporter } from './terminal-reporter';
export { textTable } from './text-table';
