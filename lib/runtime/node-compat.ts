/** tfjs-node 4.22 calls helpers of `node:util` that Node 23 removed; they are added again here. */
export function restoreRemovedUtils(): void {
  // Required and not imported: an import may be a copy, which tfjs-node would not see.
  const target = require('node:util') as Record<string, unknown>;
  target['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  target['isArray'] ??= Array.isArray;
}
