import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe } from 'node:test';
import { useNativeOps } from '../../lib/ops';
import { setSeed, tf } from '../../lib/runtime';

/** Declares tests twice, with oneDNN on and off, from one seed each. None may leave a tensor behind. */
export function withAndWithoutOneDnn(title: string, declare: () => void): void {
  for (const oneDnn of [true, false]) {
    describe(`${title}, oneDNN ${oneDnn ? 'on' : 'off'}`, () => {
      let tensors = 0;
      beforeEach(() => {
        useNativeOps({ oneDnn });
        setSeed(1);
        tensors = tf.memory().numTensors;
      });
      afterEach(() => {
        useNativeOps({ oneDnn: true });
        assert.equal(tf.memory().numTensors, tensors);
      });
      declare();
    });
  }
}
