export { connectionParent, connectionPrefix } from './client/connection';
export { type CellEnd, executeCell } from './client/execute-cell';
export { Kernel, type KernelOptions } from './client/kernel';
export { findKernelSpec, type KernelSpec, kernelVariables } from './client/kernel-spec';
export { settleGrace } from './client/settle';
export {
  type Bundle,
  type Cell,
  hasTag,
  type Notebook,
  notebookName,
  notebookTitle,
  type Output,
  readNotebook,
  writeNotebook,
} from './files/notebook';
export { notebookFromTypeScript, notebookToTypeScript, stripped } from './files/text-form';
export type { Message } from './wire';
