export { type ArchitectureLayer, type ArchitectureOptions, architecture } from './architecture';
export { type BarSpreadOptions, barSpread } from './bar-spread';
export { type ClassesOfSet, classBalance } from './class-balance';
export { classColour } from './class-colours';
export { type ClassScores, classReport, classScores, labelScores } from './class-report';
export { type ColourMapName, mapColour } from './colour-maps';
export { type ConfusionMatrixOptions, confusionMatrix, confusionOf } from './confusion-matrix';
export { type PcaOptions, type Projection, pca } from './embedding/pca';
export { type EmbeddedSet, type EmbeddingOptions, embeddingScatter } from './embedding/scatter';
export { spreadRows, sprites } from './embedding/sprites';
export { type UmapOptions, umap } from './embedding/umap';
export type { HeatMaps } from './heat-maps';
export { type FaithfulnessCurves, insertionDeletion } from './insertion-deletion';
export { learningRateFinder, type RateTest } from './learning-rate-finder';
export { type Line, type LineChartOptions, lineChart } from './line-chart';
export { type LiveCurvesOptions, liveCurves } from './live-curves';
export { type MethodTableOptions, methodTable } from './method-table';
export { pairHeatmap } from './pair-heatmap';
export { type ComparedMetric, paperComparison } from './paper-comparison';
export { type ParallelCoordinatesOptions, parallelCoordinates } from './parallel-coordinates';
export { type CamRowsOptions, camRows } from './pictures/cam-rows';
export { type ChannelGridOptions, channelGrid } from './pictures/channel-grid';
export { compareMasks, imagesToPic, overlayMasks, type ScaledValues } from './pictures/course';
export { type ImageGridOptions, imageGrid } from './pictures/image-grid';
export { type MaskOverlayOptions, maskOverlay, segmentationOverlay } from './pictures/mask-overlay';
export { type MultiLabelGridOptions, multiLabelGrid } from './pictures/multi-label-grid';
export { type PredictionGridOptions, predictionGrid } from './pictures/prediction-grid';
export { worstMistakes, worstRows } from './pictures/worst-mistakes';
export { type ReliabilityBins, reliabilityDiagram } from './reliability-diagram';
export type { Runs } from './runs';
export { type RenderOptions, renderPng } from './static';
export { type SweepHeatmapOptions, type SweepRow, sweepHeatmap } from './sweep-heatmap';
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
