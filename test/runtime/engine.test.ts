import * as assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import * as util from 'node:util';
import {
  engineInfo,
  GradbookError,
  hasNativeOps,
  nativeOp,
  root,
  setSeed,
  tf,
} from '../../lib/runtime';

function weightsAndMask(): number[] {
  return tf.tidy(() => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 4, inputShape: [3], kernelInitializer: 'heNormal' }),
        tf.layers.dropout({ rate: 0.5 }),
      ],
    });
    const output = model.apply(tf.ones([2, 3]), {
      training: true,
    }) as import('@tensorflow/tfjs-node-gpu').Tensor;
    const values = [...model.getWeights()[0]!.dataSync(), ...output.dataSync()];
    model.dispose();
    return values;
  });
}

describe('engine', () => {
  it('names what runs', () => {
    const info = engineInfo();
    assert.match(info.tensorflow, /^2\.\d+\.\d+$/);
    assert.equal(info.tfjs, '4.22.0');
    assert.equal(info.backend, 'tensorflow');
    assert.ok(['CPU', 'GPU'].includes(info.device));
    assert.ok(info.cores > 0);
  });

  it('is the tfjs that danfo uses', () => {
    const danfo = require('danfojs-node');
    assert.equal(danfo.tensorflow.layers, tf.layers);
    assert.equal(danfo.tensorflow.engine(), tf.engine());
  });

  it('has the helpers that Node 23 removed from node:util', () => {
    void tf.version;
    const isNullOrUndefined = (util as unknown as Record<string, (x: unknown) => boolean>)[
      'isNullOrUndefined'
    ]!;
    assert.equal(isNullOrUndefined(undefined), true);
    assert.equal(isNullOrUndefined(0), false);
  });

  it('draws the same weights and masks from the same seed', () => {
    setSeed(5);
    const first = weightsAndMask();
    setSeed(5);
    assert.deepEqual(weightsAndMask(), first);
    setSeed(6);
    assert.notDeepEqual(weightsAndMask(), first);
  });

  it('does not change the global Math.random', () => {
    setSeed(5);
    const mine = [Math.random(), Math.random()];
    setSeed(5);
    assert.notDeepEqual([Math.random(), Math.random()], mine);
    const shuffled = () => {
      const order = Array.from({ length: 20 }, (_, i) => i);
      tf.util.shuffle(order);
      return order;
    };
    setSeed(5);
    const tfjs = shuffled();
    setSeed(5);
    Math.random();
    assert.deepEqual(shuffled(), tfjs, 'a foreign draw moved the sequence of tfjs');
  });

  it('starts quietly, and not before it is used', () => {
    const loaded = "Object.keys(require.cache).some((file) => file.endsWith('tfjs_binding.node'))";
    const code = `const { tf } = require('./lib/runtime'); const before = ${loaded};
      tf.tidy(() => tf.ones([2]).add(1).dataSync()); console.log(before, ${loaded});`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '-e', code], {
      cwd: root,
      encoding: 'utf8',
      // Empty counts as not set: the engine's own defaults are tested.
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '', TF_ENABLE_ONEDNN_OPTS: '' },
    });
    assert.equal(stderr, '');
    assert.equal(stdout, 'false true\n');
  });
});

describe('nativeOp', () => {
  it('runs an op by name, with attributes and several outputs', () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const x = tf.tensor1d([3, 1, 2]);
      const [values, order] = nativeOp(
        'TopKV2',
        [x, tf.scalar(2, 'int32')],
        {
          T: { dtype: 'float32' },
          sorted: { bool: true },
        },
        2,
      );
      assert.deepEqual([...values!.dataSync()], [3, 2]);
      assert.deepEqual([...order!.dataSync()], [0, 2]);
    });
    assert.equal(tf.memory().numTensors, before);
  });

  it('is refused on another backend, with what to do', async () => {
    const x = tf.tensor1d([1]);
    await tf.setBackend('cpu');
    try {
      assert.equal(hasNativeOps(), false);
      assert.throws(
        () => nativeOp('Relu', [x], { T: { dtype: 'float32' } }),
        (error: unknown) =>
          error instanceof GradbookError &&
          error.code === 'no-native-ops' &&
          /tf\.setBackend/.test(error.message),
      );
    } finally {
      await tf.setBackend('tensorflow');
      x.dispose();
    }
  });
});
