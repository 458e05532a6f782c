export { type MobileNetOptions, mobileNet } from './network';
export { fromSlim } from './slim';
export { isWeightFolderOf, writeWeightFolder } from './weight-folder';
export { weightFolder } from './weights';
