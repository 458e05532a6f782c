export {
  binaryAccuracy,
  binaryAccuracyPerLabel,
  categoricalAccuracy,
  exactMatch,
  topKAccuracy,
} from './accuracy';
export { type AucOptions, auc, streamingAuc } from './auc';
export { iou, meanIou } from './confusion';
export { type Average, type CountOptions, f1, precision, recall } from './counts';
