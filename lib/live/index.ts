export { type MapOptions, type Maps, mapsOf, outputsOf, threshold } from './answer';
export { bytesOf, floatsOf, toBase64 } from './base64';
export { collect, type Wanted } from './collect';
export type { CollectedAbout, CollectRequest } from './collect-main';
export { type Prepared, picturesTensor, prepareNetwork } from './network';
export {
  type LiveData,
  type LiveFile,
  type LiveKind,
  type LiveMethod,
  type LiveNetwork,
  type LivePicture,
  type LiveReferences,
  liveMethods,
  type MissingNetwork,
} from './types';
export { isRight, overlapOf, predictedClasses } from './verdict';
