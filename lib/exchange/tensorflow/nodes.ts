import type { Graph, GraphNode, Operation, Weight } from '../graph';

/** A value of an attribute of a TensorFlow op. */
export type Attribute =
  | { type: 'float' | 'int' }
  | { s: string }
  | { f: number }
  | { i: number }
  | { b: boolean }
  | { ints: number[] }
  | { shape: (number | null)[] };

/** One op of a TensorFlow graph; constants hold their values. */
export interface TensorFlowNode {
  name: string;
  op: string;
  input: string[];
  attr: Record<string, Attribute>;
  constant?: { shape: number[]; values: Float32Array | Int32Array };
}

const float: Attribute = { type: 'float' };
const int: Attribute = { type: 'int' };

const unaryOps = {
  relu: 'Relu',
  relu6: 'Relu6',
  leakyRelu: 'LeakyRelu',
  elu: 'Elu',
  selu: 'Selu',
  sigmoid: 'Sigmoid',
  tanh: 'Tanh',
  softplus: 'Softplus',
  softsign: 'Softsign',
  exp: 'Exp',
  erf: 'Erf',
} as const;

const binaryOps = { add: 'AddV2', mul: 'Mul', max: 'Maximum', min: 'Minimum' } as const;

/** Writes the operations of a graph as TensorFlow ops, weights as constants. */
class Writer {
  readonly nodes: TensorFlowNode[] = [];

  op(
    name: string,
    op: string,
    input: string[],
    attr: Record<string, Attribute> = { T: float },
  ): string {
    this.nodes.push({ name, op, input, attr });
    return name;
  }

  constant(name: string, { shape, values }: Weight): string {
    this.nodes.push({
      name,
      op: 'Const',
      input: [],
      attr: { dtype: float },
      constant: { shape, values },
    });
    return name;
  }

  /** A list of integers; `[]` is a scalar. */
  ints(name: string, values: number | number[]): string {
    const shape = Array.isArray(values) ? [values.length] : [];
    const constant = { shape, values: Int32Array.from([values].flat()) };
    this.nodes.push({ name, op: 'Const', input: [], attr: { dtype: int }, constant });
    return name;
  }

  /** Adds the node's ops; the last one has its name. */
  write(node: GraphNode): void {
    const { name, operation, shape } = node;
    const inputs = node.inputs.map((input) => input.name);
    const x = inputs[0]!;
    switch (operation.kind) {
      case 'input':
        this.op(name, 'Placeholder', [], { dtype: float, shape: { shape: [null, ...shape] } });
        break;
      case 'conv':
      case 'depthwise':
      case 'convTranspose':
        this.convolution(node, operation, x);
        break;
      case 'dense':
        this.dense(node, operation, x);
        break;
      case 'unary':
        this.op(name, unaryOps[operation.of], [x], {
          T: float,
          ...(operation.of === 'leakyRelu' ? { alpha: { f: operation.alpha ?? 0.2 } } : {}),
        });
        break;
      case 'softmax':
        this.op(name, 'Softmax', [x]);
        break;
      case 'affine': {
        const scale = this.constant(`${name}/scale`, operation.scale);
        const offset = this.constant(`${name}/offset`, operation.offset);
        this.op(name, 'AddV2', [this.op(`${name}/scaled`, 'Mul', [x, scale]), offset]);
        break;
      }
      case 'constant': {
        const constant = this.constant(`${name}/constant`, operation.constant);
        this.op(name, binaryOps[operation.of], [x, constant]);
        break;
      }
      case 'merge': {
        let sum = x;
        inputs.slice(1).forEach((input, i) => {
          const last = i === inputs.length - 2;
          sum = this.op(last ? name : `${name}/${i}`, binaryOps[operation.of], [sum, input]);
        });
        break;
      }
      case 'pool':
        this.op(name, operation.of === 'max' ? 'MaxPool' : 'AvgPool', [x], {
          T: float,
          ksize: { ints: [1, ...operation.size, 1] },
          strides: { ints: [1, ...operation.strides, 1] },
          padding: { s: operation.padding },
          data_format: { s: 'NHWC' },
        });
        break;
      case 'reduce':
        this.op(
          name,
          operation.of === 'max' ? 'Max' : 'Mean',
          [x, this.ints(`${name}/axes`, [1, 2])],
          { T: float, Tidx: int, keep_dims: { b: operation.keepDims } },
        );
        break;
      case 'pad': {
        const { top, bottom, left, right } = operation;
        const paddings = this.ints(`${name}/paddings`, [0, 0, top, bottom, left, right, 0, 0]);
        this.nodes[this.nodes.length - 1]!.constant!.shape = [4, 2];
        this.op(name, 'Pad', [x, paddings], { T: float, Tpaddings: int });
        break;
      }
      case 'crop': {
        const begin = this.ints(`${name}/begin`, [0, operation.top, operation.left, 0]);
        const size = this.ints(`${name}/size`, [-1, ...shape]);
        this.op(name, 'Slice', [x, begin, size], { T: float, Index: int });
        break;
      }
      case 'resize': {
        const size = this.ints(`${name}/size`, shape.slice(0, 2));
        const op = operation.of === 'nearest' ? 'ResizeNearestNeighbor' : 'ResizeBilinear';
        const attr = { T: float, align_corners: { b: false }, half_pixel_centers: { b: false } };
        this.op(name, op, [x, size], attr);
        break;
      }
      case 'reshape':
        this.reshape(name, x, shape);
        break;
      case 'permute':
        this.op(name, 'Transpose', [x, this.ints(`${name}/order`, operation.order)], {
          T: float,
          Tperm: int,
        });
        break;
      case 'concat':
        this.op(name, 'ConcatV2', [...inputs, this.ints(`${name}/axis`, operation.axis)], {
          T: float,
          Tidx: int,
          N: { i: inputs.length },
        });
        break;
    }
  }

  private reshape(name: string, x: string, shape: number[]): string {
    const attr = { T: float, Tshape: int };
    return this.op(name, 'Reshape', [x, this.ints(`${name}/shape`, [-1, ...shape])], attr);
  }

  private convolution(
    { name, inputs, shape }: GraphNode,
    operation: Extract<Operation, { filter: Weight; strides: [number, number] }>,
    x: string,
  ): void {
    const { kind, bias } = operation;
    const filter = this.constant(`${name}/filter`, operation.filter);
    const last = bias ? `${name}/product` : name;
    // TensorFlow's depthwise op on the CPU takes one stride for both axes; tfjs allows only that.
    const attr = {
      T: float,
      strides: { ints: [1, ...operation.strides, 1] },
      dilations: { ints: [1, ...operation.dilations, 1] },
      padding: { s: operation.padding },
      data_format: { s: 'NHWC' },
    };
    if (kind === 'convTranspose') {
      const batch = this.batchOf(name, x);
      const size = this.ints(`${name}/size`, shape);
      const axis = this.ints(`${name}/size_axis`, 0);
      const whole = this.op(`${name}/output_shape`, 'ConcatV2', [batch, size, axis], {
        T: int,
        Tidx: int,
        N: { i: 2 },
      });
      this.op(last, 'Conv2DBackpropInput', [whole, filter, x], attr);
    } else {
      const op = kind === 'conv' ? 'Conv2D' : 'DepthwiseConv2dNative';
      this.op(last, op, [inputs[0]!.name, filter], attr);
    }
    if (bias) this.bias(name, last, bias);
  }

  /** The number of examples as a list of one. */
  private batchOf(name: string, x: string): string {
    const shape = this.op(`${name}/input_shape`, 'Shape', [x], { T: float, out_type: int });
    const begin = this.ints(`${name}/batch_begin`, [0]);
    const size = this.ints(`${name}/batch_size`, [1]);
    return this.op(`${name}/batch`, 'Slice', [shape, begin, size], { T: int, Index: int });
  }

  private dense(
    { name, inputs, shape }: GraphNode,
    { filter, bias }: Extract<Operation, { kind: 'dense' }>,
    x: string,
  ): void {
    const matrix = this.constant(`${name}/filter`, filter);
    const flat = inputs[0]!.shape.length === 1;
    const rows = flat ? x : this.reshape(`${name}/rows`, x, inputs[0]!.shape.slice(-1));
    const last = flat ? name : `${name}/result`;
    const product = this.op(bias ? `${name}/product` : last, 'MatMul', [rows, matrix], {
      T: float,
      transpose_a: { b: false },
      transpose_b: { b: false },
    });
    if (bias) this.bias(last, product, bias);
    if (!flat) this.reshape(name, last, shape);
  }

  private bias(name: string, x: string, bias: Weight): void {
    const constant = this.constant(`${name}/bias`, bias);
    this.op(name, 'BiasAdd', [x, constant], { T: float, data_format: { s: 'NHWC' } });
  }
}

/** The graph as TensorFlow ops, each after its inputs. */
export function tensorFlowNodes(graph: Graph): TensorFlowNode[] {
  const writer = new Writer();
  for (const node of graph.nodes) writer.write(node);
  return writer.nodes;
}
