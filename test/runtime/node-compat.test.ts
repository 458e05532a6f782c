import * as assert from 'node:assert/strict';
import { it } from 'node:test';
import { restoreRemovedUtils } from '../../lib/runtime/node-compat';

it('restores helpers that newer versions of Node removed, where tfjs-node uses them', () => {
  const util = require('node:util') as Record<string, unknown>;
  const kept = { isNullOrUndefined: util['isNullOrUndefined'], isArray: util['isArray'] };
  try {
    delete util['isNullOrUndefined'];
    delete util['isArray'];
    restoreRemovedUtils();
    const isNullOrUndefined = util['isNullOrUndefined'] as (value: unknown) => boolean;
    assert.deepEqual([null, undefined, 0, ''].map(isNullOrUndefined), [true, true, false, false]);
    assert.equal(util['isArray'], Array.isArray);
  } finally {
    for (const [name, value] of Object.entries(kept)) if (value) util[name] = value;
  }
});
