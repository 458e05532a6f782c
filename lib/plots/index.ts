export { classBalance } from './class-balance';
export { classColour } from './class-colours';
export type { ColourMapName } from './colour-maps';
export { type ConfusionMatrixOptions, confusionMatrix, confusionOf } from './confusion-matrix';
export type { HeatMaps } from './heat-maps';
export { type LiveCurvesOptions, liveCurves } from './live-curves';
export { type CamRowsOptions, camRows } from './pictures/cam-rows';
export { type ChannelGridOptions, channelGrid } from './pictures/channel-grid';
export { type ImageGridOptions, imageGrid } from './pictures/image-grid';
export { type MaskOverlayOptions, maskOverlay, segmentationOverlay } from './pictures/mask-overlay';
export { type MultiLabelGridOptions, multiLabelGrid } from './pictures/multi-label-grid';
export { type PredictionGridOptions, predictionGrid } from './pictures/prediction-grid';
export { worstMistakes, worstRows } from './pictures/worst-mistakes';
export type { Runs } from './runs';
export { type RenderOptions, renderPng } from './static';
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
