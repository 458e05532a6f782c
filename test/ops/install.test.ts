import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import * as ops from '../../lib/ops';
import { setSeed, tf } from '../../lib/runtime';
import { assertClose } from './close';

function callOf(className: string): unknown {
  return tf.serialization.SerializationMap.getMap().classNameMap[className]![0].prototype['call'];
}

/** Loads a second copy of lib/ops, as the kernel does after an edit. */
function loadAgain(): typeof ops {
  for (const file of Object.keys(require.cache)) {
    if (/[\\/]lib[\\/](ops|runtime)[\\/]/.test(file)) delete require.cache[file];
  }
  return require('../../lib/ops') as typeof ops;
}

function outputs(): number[] {
  setSeed(4);
  const model = tf.sequential();
  model.add(tf.layers.conv2d({ filters: 3, kernelSize: 3, inputShape: [9, 9, 2] }));
  model.add(tf.layers.batchNormalization({}));
  model.add(tf.layers.reLU({ maxValue: 6 }));
  model.add(tf.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same' }));
  model.add(tf.layers.maxPooling2d({ poolSize: 2 }));
  model.add(tf.layers.flatten());
  model.add(tf.layers.dense({ units: 3, activation: 'softmax' }));
  const x = tf.randomNormal([4, 9, 9, 2]);
  const y = model.apply(x, { training: true }) as Tensor;
  const values = [...y.dataSync()];
  tf.dispose([x, y]);
  model.dispose();
  return values;
}

describe('native ops', () => {
  afterEach(() => void ops.useNativeOps(true));

  it('are on, and give the numbers of tfjs', async () => {
    assert.ok(Object.values(ops.useNativeOps()).every(Boolean));
    const native = outputs();
    for (const name of Object.keys(ops.useNativeOps())) {
      ops.useNativeOps({ [name]: false });
      assertClose(outputs(), native, 1e-5, `without ${name}`);
      ops.useNativeOps({ [name]: true });
    }
    assert.deepEqual(outputs(), native);
    ops.useNativeOps(false);
    assertClose(outputs(), native, 1e-5, 'without any');
    ops.useNativeOps(true);
    await tf.setBackend('cpu');
    assertClose(outputs(), native, 1e-5, 'without TensorFlow');
    await tf.setBackend('tensorflow');
  });

  it('are switched one by one', () => {
    const on = ops.useNativeOps({ relu: false });
    assert.equal(on.relu, false);
    assert.equal(on.batchNorm, true);
    assert.throws(() => ops.useNativeOps({ conv: true } as never), { code: 'unknown-op' });
  });

  it('are installed once, however often lib is loaded', () => {
    ops.useNativeOps(false);
    const stock = callOf('BatchNormalization');
    ops.useNativeOps(true);
    const native = outputs();
    const again = loadAgain();
    assert.notEqual(again.useNativeOps, ops.useNativeOps);
    assert.deepEqual(outputs(), native);
    again.useNativeOps(false);
    assert.equal(callOf('BatchNormalization'), stock);
    const third = loadAgain();
    assert.ok(Object.values(third.useNativeOps()).every((on) => !on));
    third.useNativeOps(true);
    assert.deepEqual(outputs(), native);
  });
});
