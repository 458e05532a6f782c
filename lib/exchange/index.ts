export { exportFormats, exportModel } from './export-model';
export type { ExportFormat, ExportOptions } from './export-types';
export { type ImportOptions, importModel } from './import-model';
export { folderMetadata, loadModelFolder, type StoredModel } from './load-folder';
export { assignByPlace, isByPlace } from './repeated-names';
export { checkWeightNames, type ModelMetadata, saveModelFolder } from './save-folder';
