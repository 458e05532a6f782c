import type { SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../runtime';
import { activationOf, rescaling } from './activation-from-keras';
import type { Call, LayerEntry } from './calls';
import { notImported, type ReadLayer } from './convert';
import type { Part } from './parts';

type Binary = 'add' | 'subtract' | 'multiply' | 'divide' | 'maximum' | 'minimum';

// By Keras 3's class of operation, and by the function of Keras 2's `TFOpLambda`.
const binary: Record<string, Binary> = {
  Add: 'add',
  Subtract: 'subtract',
  Multiply: 'multiply',
  Divide: 'divide',
  TrueDivide: 'divide',
  Maximum: 'maximum',
  Minimum: 'minimum',
  '__operators__.add': 'add',
  'math.add': 'add',
  'math.subtract': 'subtract',
  'math.multiply': 'multiply',
  'math.truediv': 'divide',
  'math.divide': 'divide',
  'math.maximum': 'maximum',
  'math.minimum': 'minimum',
};

const functions: Record<string, string> = {
  Relu: 'relu',
  Relu6: 'relu6',
  Silu: 'silu',
  Sigmoid: 'sigmoid',
  Tanh: 'tanh',
  Softmax: 'softmax',
  HardSigmoid: 'hard_sigmoid',
  HardSilu: 'hard_silu',
  'nn.relu': 'relu',
  'nn.relu6': 'relu6',
  'nn.silu': 'silu',
  'math.sigmoid': 'sigmoid',
  'nn.softmax': 'softmax',
};

/**
 * An operator between layers, such as `x + 3`, in layers of tfjs.
 *
 * @throws GradbookError `unsupported-layer`
 */
export function operationPart(read: ReadLayer, entry: LayerEntry): Part {
  const named = (entry.config['function'] as string | undefined) ?? entry.className;
  const shown = { ...read, className: named };
  const [call, ...more] = entry.calls;
  if (!call || more.length > 0)
    throw notImported(shown, `an operation that is used ${entry.calls.length} times`);
  const kind = binary[named];
  const apply = kind ? binaryStep(shown, kind, call) : functionStep(shown, functions[named]);
  return {
    name: read.name,
    className: entry.className,
    isLayer: entry.className === 'TFOpLambda',
    trainable: true,
    apply: (inputs) => [apply(inputs)],
  };
}

function functionStep(read: ReadLayer, name: string | undefined) {
  if (!name) {
    throw notImported(
      read,
      `the operation ${read.className} (there are ${[...Object.keys(binary), ...Object.keys(functions)].join(', ')})`,
    );
  }
  const { option, after } = activationOf({ ...read, keras3: true }, name);
  const layer = tf.layers.activation({ name: read.name, activation: option as 'relu' });
  return ([x]: SymbolicTensor[]) => {
    const y = after ? x! : (layer.apply(x!) as SymbolicTensor);
    return after ? after(y) : y;
  };
}

function binaryStep(read: ReadLayer, kind: Binary, { operands }: Call) {
  const [left, right] = operands;
  if (operands.length !== 2) throw notImported(read, `${kind} of ${operands.length} operands`);
  if (typeof left === 'number' && typeof right === 'number') {
    throw notImported(read, `${kind} of two numbers`);
  }
  const step =
    typeof left === 'number' || typeof right === 'number'
      ? withNumber(read, kind, left as number, right as number)
      : undefined;
  return (inputs: SymbolicTensor[]): SymbolicTensor => {
    const [a, b] = inputs;
    return step ? step(a!) : ofTensors(read, kind, a!, b!);
  };
}

function withNumber(read: ReadLayer, kind: Binary, left: unknown, right: unknown) {
  const { name } = read;
  const first = typeof left === 'number';
  const value = (first ? left : right) as number;
  switch (kind) {
    case 'add':
      return rescaling(name, 1, value);
    case 'multiply':
      return rescaling(name, value, 0);
    case 'subtract':
      return first ? rescaling(name, -1, value) : rescaling(name, 1, -value);
    case 'divide':
      if (!first) return rescaling(name, 1 / value, 0);
      break;
    default:
  }
  throw notImported(
    read,
    `${kind} of ${first ? 'a number and a tensor' : 'a tensor and a number'}`,
  );
}

/** An operation of two tensors, which may be broadcast. */
export function ofTensors(
  read: ReadLayer,
  kind: Binary,
  a: SymbolicTensor,
  b: SymbolicTensor,
): SymbolicTensor {
  const { name } = read;
  switch (kind) {
    case 'add':
    case 'multiply':
    case 'maximum':
    case 'minimum':
      return tf.layers[kind]({ name }).apply([a, b]) as SymbolicTensor;
    case 'subtract': {
      const negative = rescaling(`${name}_negative`, -1, 0)(b);
      return tf.layers.add({ name }).apply([a, negative]) as SymbolicTensor;
    }
    default:
      throw notImported(read, `${kind} of two tensors`);
  }
}
