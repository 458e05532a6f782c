export { display } from './display';
export type { BoundEvent, NotebookEvent, ProgressEvent, ResultEvent } from './events';
export { eventMime } from './events';
export { type Bounds, expect, type ResultInfo, result } from './expect';
export { html } from './html';
export { type Progress, type ProgressOptions, progress } from './progress';
export { type Profiles, settings } from './settings';
export { type FigureLike, type PictureLike, show } from './show';
export { type TableOptions, table } from './table';
