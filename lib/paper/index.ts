export { type PaperConclusion, paperConclusions } from './conclusions';
export type { PaperMetric } from './metric';
export { inPaperForm, paperRange } from './range';
export { isChange, type PaperRow, paperRow, paperRows, tolerance, type Verdict } from './verdict';
