export { parseOptions, profiles, type ReportOptions, usage } from './plan/options';
export { parameterHelp } from './plan/parameter-help';
export { report } from './report';
export { jsonReporter } from './reporters/json-reporter';
export { PlainReporter } from './reporters/plain-reporter';
export type { Reporter } from './reporters/reporter';
export { TerminalReporter } from './reporters/terminal-reporter';
export {
  type MetricSpread,
  metricSpreads,
  type SeedRun,
  spreadMarkdown,
  spreadRows,
} from './seeds/metric-spread';
export { sourceKey } from './seeds/source-key';
export { errorCode, exitCode, type NotebookSummary, type Summary } from './summary/summary';
export { textTable } from './summary/text-table';
export { sweepFrame } from './sweep/frame';
export { sweep } from './sweep/sweep';
export { parseSweepOptions, type SweepOptions, sweepUsage } from './sweep/sweep-options';
export { sweepTable } from './sweep/sweep-table';
export { trialCommand } from './sweep/trial-command';
export { type TrackOptions, trackSummary } from './track';
