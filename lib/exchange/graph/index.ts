export { graphOf } from './build';
export type { Convolution, Graph, GraphNode, Operation, Weight } from './types';
