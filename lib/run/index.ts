export { jsonReporter } from './json-reporter';
export { parseOptions, type ReportOptions, usage } from './options';
export { parameterHelp } from './parameter-help';
export { PlainReporter } from './plain-reporter';
export { report } from './report';
export type { Reporter } from './reporter';
export { errorCode, exitCode, type NotebookSummary, type Summary } from './summary';
export { TerminalReporter } from './terminal-reporter';
