import type { GraphNode, Operation } from './types';

/** Makes nodes with unique names. */
export class GraphBuilder {
  readonly nodes: GraphNode[] = [];
  private readonly names = new Set<string>();

  add(name: string, operation: Operation, inputs: GraphNode[], shape: number[]): GraphNode {
    const node = { name: this.unique(name), operation, inputs, shape };
    this.nodes.push(node);
    return node;
  }

  /** The name in characters that every format allows, with a suffix where it is in use. */
  unique(name: string): string {
    const clean = name.replace(/[^\w./-]/g, '_').replace(/^[^A-Za-z0-9.]/, 'x');
    let free = clean;
    for (let i = 1; this.names.has(free); i++) free = `${clean}_${i}`;
    this.names.add(free);
    return free;
  }
}
