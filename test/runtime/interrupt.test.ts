import * as assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  interrupt,
  interruptCount,
  interruptSince,
  onInterrupt,
  sharedState,
} from '../../lib/runtime';

it('interrupts work in progress, and not work that starts later', () => {
  const before = interruptCount();
  let heard = 0;
  const stop = onInterrupt(() => heard++);
  assert.equal(interruptSince(before), false);
  interrupt();
  assert.equal(interruptSince(before), true);
  assert.equal(interruptSince(interruptCount()), false);
  stop();
  interrupt();
  assert.equal(heard, 1);
});

it('shares one state between two loads of a module', () => {
  const first = sharedState('test-state', () => ({ value: 1 }));
  assert.equal(
    sharedState('test-state', () => ({ value: 2 })),
    first,
  );
});
