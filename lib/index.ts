// The exports for notebooks. Folders whose index.ts also serves other folders of lib are listed by
// name.
export * from './cam';
export * from './data';
export {
  type ExportFormat,
  type ExportOptions,
  exportModel,
  type ImportOptions,
  importModel,
  type ModelMetadata,
  type StoredModel,
} from './exchange';
export * from './models';
export {
  Comm,
  type CommData,
  type CommType,
  clearOutput,
  display,
  type FigureLike,
  html,
  input,
  type MetricReport,
  openComm,
  type PictureLike,
  type Progress,
  type ProgressOptions,
  progress,
  registerCommTarget,
  reportMetric,
  show,
  type TableOptions,
  table,
} from './notebook';
export {
  type AdagradOptions,
  type AdamOptions,
  type AdamWOptions,
  type ComputePrecision,
  type FoldedNetwork,
  type FoldOptions,
  foldBatchNorm,
  type NativeOps,
  optimizers,
  type Precision,
  type RmspropOptions,
  type SgdOptions,
  setPrecision,
  useNativeOps,
} from './ops';
export { type PaperConclusion, type PaperMetric, paperConclusions } from './paper';
export * from './plots';
export {
  type EngineInfo,
  type Environment,
  engineInfo,
  environment,
  GradbookError,
  getSeed,
  inWorkspace,
  nativeOp,
  nextSeed,
  type OpAttribute,
  Random,
  random,
  setSeed,
  type Tfjs,
  tf,
  writeFileAtomic,
} from './runtime';
export * from './training';
export * from './widgets';
