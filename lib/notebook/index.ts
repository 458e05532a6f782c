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
export { alreadyShown, display, showsItself } from './display';
export type {
  BoundEvent,
  NotebookEvent,
  ProgressEvent,
  ResultEvent,
  TrainingEvent,
} from './events';
export { eventMime } from './events';
export { escapeHtml, html, textOf } from './html';
export { input, setInput } from './input';
export { pngSize } from './png';
export { endProgress, isWorking, type Progress, type ProgressOptions, progress } from './progress';
export { type MetricReport, reportMetric } from './report-metric';
export { type FigureLike, type PictureLike, plotlyMime, show } from './show';
export {
  type Bundle,
  clearOutput,
  type DisplayMessage,
  inNotebook,
  intercept,
  interceptor,
  publish,
  type Shown,
  type Sink,
  setSink,
} from './sink';
export { type TableOptions, table } from './table';
