import * as util from 'node:util';

/** tfjs-node 4.22 calls helpers of `node:util` that Node 23 removed; they are put back here. */
export function restoreRemovedUtils(): void {
  const target = util as unknown as Record<string, unknown>;
  target['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  target['isArray'] ??= Array.isArray;
}
