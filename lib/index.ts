export * from './cam';
export * from './data';
export {
  type ExportFormat,
  type ExportOptions,
  exportModel,
  type ModelMetadata,
  type StoredModel,
} from './exchange';
export * from './models';
export * from './notebook';
export * from './ops';
export * from './plots';
export * from './runtime';
export * from './training';
export * from './widgets';
