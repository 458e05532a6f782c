export {
  type NodeBackend,
  nodeBackend,
  type OutputInfo,
  type StoredData,
  tensorId,
} from './binding';
export { difference } from './compare';
export { RecordedFunction } from './recorded-function';
export {
  changesEachStep,
  isRecording,
  nextScalarChanges,
  type Recording,
  record,
  unrecorded,
} from './recorder';
export type { Roles } from './roles';
