import type { layers } from '@tensorflow/tfjs-node-gpu';
import type { GraphBuilder } from './builder';
import { type BinaryFunction, type GraphNode, type UnaryFunction, unsupported } from './types';

const direct: Record<string, UnaryFunction> = {
  relu: 'relu',
  relu6: 'relu6',
  elu: 'elu',
  selu: 'selu',
  sigmoid: 'sigmoid',
  tanh: 'tanh',
  softplus: 'softplus',
  softsign: 'softsign',
};

/** A node for an elementwise function. */
export function unary(
  builder: GraphBuilder,
  name: string,
  x: GraphNode,
  of: UnaryFunction,
  alpha?: number,
): GraphNode {
  const operation = { kind: 'unary' as const, of, ...(alpha === undefined ? {} : { alpha }) };
  return builder.add(`${name}/${of}`, operation, [x], x.shape);
}

/** A node that adds, multiplies or compares with one number. */
export function withNumber(
  builder: GraphBuilder,
  name: string,
  x: GraphNode,
  of: BinaryFunction,
  value: number,
): GraphNode {
  const constant = { shape: [], values: Float32Array.of(value) };
  return builder.add(`${name}/${of}`, { kind: 'constant', of, constant }, [x], x.shape);
}

function product(builder: GraphBuilder, name: string, a: GraphNode, b: GraphNode): GraphNode {
  return builder.add(`${name}/mul`, { kind: 'merge', of: 'mul' }, [a, b], a.shape);
}

/** The nodes of an activation by its tfjs name; the formulas are those of tfjs 4.22. */
export function activation(
  builder: GraphBuilder,
  layer: layers.Layer,
  x: GraphNode,
  which: string,
): GraphNode {
  const { name } = layer;
  const fn = direct[which];
  if (fn) return unary(builder, name, x, fn);
  switch (which) {
    case 'linear':
      return x;
    case 'softmax':
      return builder.add(`${name}/softmax`, { kind: 'softmax' }, [x], x.shape);
    case 'swish':
      return product(builder, name, x, unary(builder, name, x, 'sigmoid'));
    case 'mish': {
      const soft = unary(builder, name, x, 'softplus');
      return product(builder, name, x, unary(builder, name, soft, 'tanh'));
    }
    case 'gelu': {
      const scaled = withNumber(builder, name, x, 'mul', Math.SQRT1_2);
      const shifted = withNumber(builder, name, unary(builder, name, scaled, 'erf'), 'add', 1);
      return product(builder, name, x, withNumber(builder, name, shifted, 'mul', 0.5));
    }
    case 'hardSigmoid': {
      const line = withNumber(builder, name, x, 'mul', 0.2);
      return clip(builder, name, withNumber(builder, name, line, 'add', 0.5), 0, 1);
    }
    default:
      throw unsupported(layer, `activation '${which}'`);
  }
}

/** Values clipped between two numbers. */
export function clip(
  builder: GraphBuilder,
  name: string,
  x: GraphNode,
  low: number,
  high: number,
): GraphNode {
  return withNumber(builder, name, withNumber(builder, name, x, 'max', low), 'min', high);
}
