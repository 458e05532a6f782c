import * as assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import {
  changesEachStep,
  difference,
  isRecording,
  nodeBackend,
  RecordedFunction,
  type Recording,
  type Roles,
  record,
  tensorId,
  tf,
} from '../../../lib/runtime';

const none: Pick<Roles, 'resources' | 'variables'> = { resources: new Map(), variables: new Map() };

/** Tensors of a test, freed at its end. */
let made: Tensor[] = [];
let before = 0;
beforeEach(() => {
  void tf.scalar(0).dataSync();
  before = tf.memory().numTensors;
  made = [];
});
afterEach(() => {
  tf.dispose(made);
  assert.equal(tf.memory().numTensors, before);
});

function kept(tensor: Tensor): Tensor {
  made.push(tensor);
  return tensor;
}

/** Records a step of given inputs, with the roles of its ids. */
function recorded(
  inputs: readonly Tensor[],
  step: () => Tensor[],
  variables: readonly Variable[] = [],
): { recording: Recording; roles: Roles; results: number[][] } {
  const given = inputs.map(tensorId);
  const values = new Map(variables.map((variable) => [tensorId(variable), variable]));
  const { result, recording } = record(() => tf.tidy(step));
  for (const tensor of result) kept(tensor);
  const outputs = result.map(tensorId);
  const roles = { ...none, variables: values, inputs: given, outputs };
  return { recording, roles, results: result.map((tensor) => [...tensor.dataSync()]) };
}

/** Functions may use other kernels than single ops, with other rounding. */
function close(given: readonly number[][], wanted: readonly number[][]): void {
  assert.deepEqual(
    given.map(({ length }) => length),
    wanted.map(({ length }) => length),
  );
  for (const [i, values] of given.entries()) {
    for (const [j, value] of values.entries()) {
      assert.ok(Math.abs(value - wanted[i]![j]!) < 1e-6, `${i}, ${j}: ${value}`);
    }
  }
}

/** Values of what a call returned. */
function valuesOf(call: RecordedFunction, inputs: readonly Tensor[]): number[][] {
  return call.call(inputs.map(tensorId)).map((info) => {
    const tensor = nodeBackend().createOutputTensor(info);
    const values = [...tensor.dataSync()];
    tensor.dispose();
    return values;
  });
}

describe('ops recorded as one function', () => {
  it('give for other inputs what the ops give, in one call', () => {
    const x = kept(tf.tensor2d([1, 2, 3, 4], [2, 2]));
    const y = kept(tf.tensor2d([5, 6, 7, 8], [2, 2]));
    const step = (a: Tensor, b: Tensor) => [
      tf.matMul(a as never, b as never, true).add(0.5),
      tf.concat([a, b], 1).softmax(),
      tf.split(a, 2, 1)[1]!.square(),
    ];
    const { recording, roles, results } = recorded([x, y], () => step(x, y));
    const call = new RecordedFunction(recording, roles);
    close(valuesOf(call, [x, y]), results);
    const [other, second] = [kept(tf.tensor2d([-1, 0, 2, 9], [2, 2])), kept(tf.eye(2))];
    const wanted = tf.tidy(() => step(other, second).map((tensor) => [...tensor.dataSync()]));
    close(valuesOf(call, [other, second]), wanted);
    call.dispose();
  });

  it('take the value that a variable has at the call', () => {
    const first = kept(tf.tensor1d([1, 2]));
    const variable = tf.variable(first);
    const x = kept(tf.tensor1d([10, 20]));
    const { recording, roles, results } = recorded([x], () => [x.mul(variable)], [variable]);
    assert.deepEqual(results, [[10, 40]]);
    const call = new RecordedFunction(recording, roles);
    const next = tf.tensor1d([3, 4]);
    variable.assign(next);
    assert.deepEqual(valuesOf(call, [x]), [[30, 80]]);
    call.dispose();
    tf.dispose([variable, next]);
  });

  it('keep a tensor from outside, and make changing values for each step', () => {
    const outside = kept(tf.tensor1d([100, 200]));
    void tensorId(outside);
    const x = kept(tf.tensor1d([1, 2]));
    let rate = 1;
    const { recording, roles, results } = recorded([x], () => {
      const scale = tf.tensor1d([rate, rate]);
      changesEachStep(tensorId(scale), () => Float32Array.of(rate, rate));
      return [x.mul(scale).add(outside)];
    });
    assert.deepEqual(results, [[101, 202]]);
    const call = new RecordedFunction(recording, roles);
    rate = 7;
    assert.deepEqual(valuesOf(call, [x]), [[107, 214]]);
    call.dispose();
  });

  it('refuse what reads values on the host, and name the layer', () => {
    const x = kept(tf.tensor2d([1, 2], [1, 2]));
    const reading = recorded([x], () => [x.mul(x.dataSync()[0]!)]);
    assert.throws(() => new RecordedFunction(reading.recording, reading.roles), {
      code: 'not-a-function',
      message: /^the step reads values on the host/,
    });
    class Peeks extends tf.layers.Layer {
      static readonly className = 'Peeks';
      override call(inputs: Tensor | Tensor[]): Tensor {
        const [input] = [inputs].flat();
        return input!.mul(input!.dataSync()[0]!);
      }
    }
    const layer = new Peeks({ name: 'peeks' });
    const inside = recorded([x], () => [layer.apply(x) as Tensor]);
    assert.throws(
      () => new RecordedFunction(inside.recording, inside.roles),
      /^GradbookError: layer peeks reads values on the host/,
    );
  });

  it('refuse an op whose result does not follow from its inputs, and an input that comes back', () => {
    const x = kept(tf.tensor1d([1, 2]));
    const drawn = recorded([x], () => [x.add(tf.multinomial(tf.tensor1d([0.5, 0.5]), 2, 3))]);
    assert.throws(() => new RecordedFunction(drawn.recording, drawn.roles), /Multinomial/);
    const back = recorded([x], () => [x.clone()]);
    const roles = { ...back.roles, outputs: back.roles.inputs };
    assert.throws(
      () => new RecordedFunction(back.recording, roles),
      /the step returns one of its inputs/,
    );
  });

  it('stop recording when the step throws', () => {
    const { binding } = nodeBackend();
    assert.throws(
      () =>
        record(() => {
          assert.equal(isRecording(), true);
          throw new Error('in the step');
        }),
      /in the step/,
    );
    assert.equal(isRecording(), false);
    assert.equal(nodeBackend().binding, binding);
  });
});

describe('what differs between two recordings of one step', () => {
  const compared = (one: (x: Tensor) => Tensor, other: (x: Tensor) => Tensor) => {
    const x = kept(tf.tensor1d([1, 2]));
    const [first, second] = [one, other].map((step) => recorded([x], () => [step(x)]));
    return difference([first!.recording, first!.roles], [second!.recording, second!.roles]);
  };

  it('nothing, where ops, attributes and constants are the same', () => {
    assert.equal(
      compared(
        (x) => x.mul(2).sum(),
        (x) => x.mul(2).sum(),
      ),
      undefined,
    );
  });

  it('a number counted in JavaScript, an attribute, an op, the length', () => {
    assert.match(
      compared(
        (x) => x.mul(2),
        (x) => x.mul(3),
      ) ?? '',
      /step to step \(at Mul\)/,
    );
    assert.match(
      compared(
        (x) => x.add(2),
        (x) => x.mul(2),
      ) ?? '',
      /step to step \(at Mul\)/,
    );
    const sum = compared(
      (x) => x.sum(0, true),
      (x) => x.sum(0, false),
    );
    assert.match(sum ?? '', /at Sum/);
    assert.match(
      compared(
        (x) => x.square(),
        (x) => x.square().sqrt(),
      ) ?? '',
      /number of ops/,
    );
  });
});
