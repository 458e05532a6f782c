export {
  Comm,
  type CommData,
  type CommType,
  commInfo,
  hasComms,
  openComm,
  receiveComm,
  registerCommTarget,
  setCommSender,
} from './comm';
export { display } from './display';
export type { BoundEvent, NotebookEvent, ProgressEvent, ResultEvent } from './events';
export { eventMime } from './events';
export { html } from './html';
export { input, setInput } from './input';
export { endProgress, isWorking, type Progress, type ProgressOptions, progress } from './progress';
export { type MetricReport, reportMetric } from './report-metric';
export { type FigureLike, type PictureLike, show } from './show';
export { clearOutput, type DisplayMessage, inNotebook, type Sink, setSink } from './sink';
export { type TableOptions, table } from './table';
