export { classBalance } from './class-balance';
export { classColour } from './class-colours';
export { type ConfusionMatrixOptions, confusionMatrix, confusionOf } from './confusion-matrix';
export { type ImageGridOptions, imageGrid } from './pictures/image-grid';
export { type PredictionGridOptions, predictionGrid } from './pictures/prediction-grid';
export type { Runs } from './runs';
export { type TrainingCurvesOptions, trainingCurves } from './training-curves';
export type {
  Figure,
  FigureOptions,
  HistoryLike,
  Images,
  LabelledImages,
  Picture,
  Theme,
  Values,
} from './types';
