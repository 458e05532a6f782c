export { type NodeBackend, nodeBackend, type OutputInfo, tensorId } from './binding';
export { difference } from './compare';
export { RecordedFunction, type Roles } from './recorded-function';
export { changesEachStep, isRecording, type Recording, record } from './recorder';
