import type { Convolution, Graph, GraphNode, Operation, Weight } from '../graph';
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor } from './messages';
import { onnxFilter, samePadding, transposed } from './weights';

const unaryOps = {
  relu: 'Relu',
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

const binaryOps = { add: 'Add', mul: 'Mul', max: 'Max', min: 'Min' } as const;

/** Whether a value is channels last, as in tfjs, or channels first, as images in ONNX. */
type Layout = 'last' | 'first';

const toFirst = [0, 3, 1, 2];
const toLast = [0, 2, 3, 1];

/** Position of an image axis when the channels move to the front. */
const movedAxis = [0, 2, 3, 1];

/**
 * Writes a graph's operations as ONNX nodes. Inputs and outputs are channels last; in between,
 * images are channels first and are transposed only where an operation depends on the order of
 * values.
 */
export class OnnxWriter {
  private readonly nodes: OnnxNode[] = [];
  private readonly tensors: OnnxTensor[] = [];
  private readonly written = new Map<GraphNode, Partial<Record<Layout, string>>>();

  write(graph: Graph): OnnxGraph {
    for (const node of graph.nodes) {
      this.written.set(node, { [this.add(node, node.name)]: node.name });
    }
    const outputs = graph.outputs.map(({ name, node }) => {
      const output = `output/${name}`;
      this.node('Identity', [this.read(node, 'last')], output);
      return { name: output, shape: node.shape };
    });
    const inputs = graph.inputs.map(({ name, shape }) => ({ name, shape }));
    const { name } = graph;
    return { name, nodes: this.nodes, tensors: this.tensors, inputs, outputs };
  }

  private node(
    op: string,
    inputs: string[],
    output: string,
    attributes: Record<string, OnnxAttribute> = {},
  ): string {
    this.nodes.push({ op, inputs, output, attributes });
    return output;
  }

  private weight(name: string, { shape, values }: Weight): string {
    this.tensors.push({ name, shape, values });
    return name;
  }

  private number(name: string, value: number): string {
    return this.weight(name, { shape: [], values: Float32Array.of(value) });
  }

  private ints(name: string, values: number[]): string {
    this.tensors.push({
      name,
      shape: [values.length],
      values: BigInt64Array.from(values, (value) => BigInt(value)),
    });
    return name;
  }

  /** The name of a node's output in a layout; values that are not images have only one. */
  private read(node: GraphNode, layout: Layout): string {
    const names = this.written.get(node)!;
    if (node.shape.length !== 3) return names.last!;
    const known = names[layout];
    if (known !== undefined) return known;
    const [from, perm] = layout === 'first' ? [names.last!, toFirst] : [names.first!, toLast];
    const name = this.node('Transpose', [from], `${node.name}/channels_${layout}`, { perm });
    names[layout] = name;
    return name;
  }

  /** The layout of the inputs of an operation that works in either. */
  private usual(node: GraphNode): Layout {
    return node.shape.length === 3 ? 'first' : 'last';
  }

  /** Adds a node's operation under `name`; returns the layout of its output. */
  private add(node: GraphNode, name: string): Layout {
    const { operation, inputs, shape } = node;
    const x = inputs[0]!;
    const usual = this.usual(node);
    switch (operation.kind) {
      case 'input':
        return 'last';
      case 'conv':
      case 'depthwise':
      case 'convTranspose':
        this.convolution(node, operation);
        return 'first';
      case 'dense': {
        const product = [this.read(x, 'last'), this.weight(`${name}/filter`, operation.filter)];
        if (!operation.bias) this.node('MatMul', product, name);
        else {
          const bias = this.weight(`${name}/bias`, operation.bias);
          if (x.shape.length === 1) this.node('Gemm', [...product, bias], name);
          else this.node('Add', [this.node('MatMul', product, `${name}/product`), bias], name);
        }
        return 'last';
      }
      case 'unary':
        this.unary(node, operation, name, usual);
        return usual;
      case 'softmax':
        this.node('Softmax', [this.read(x, 'last')], name, { axis: -1 });
        return 'last';
      case 'affine': {
        const scale = this.broadcast(`${name}/scale`, operation.scale, node);
        const offset = this.broadcast(`${name}/offset`, operation.offset, node);
        const scaled = this.node('Mul', [this.read(x, usual), scale], `${name}/scaled`);
        this.node('Add', [scaled, offset], name);
        return usual;
      }
      case 'constant': {
        const constant = this.broadcast(`${name}/constant`, operation.constant, node);
        this.node(binaryOps[operation.of], [this.read(x, usual), constant], name);
        return usual;
      }
      case 'merge': {
        let result = this.read(x, usual);
        inputs.slice(1).forEach((input, i) => {
          const output = i === inputs.length - 2 ? name : `${name}/${i}`;
          const pair = [result, this.read(input, usual)];
          result = this.node(binaryOps[operation.of], pair, output);
        });
        return usual;
      }
      case 'pool':
        this.node(
          operation.of === 'max' ? 'MaxPool' : 'AveragePool',
          [this.read(x, 'first')],
          name,
          {
            kernel_shape: operation.size,
            strides: operation.strides,
            pads: padsOf(x, operation.size, operation.strides, [1, 1], operation.padding),
          },
        );
        return 'first';
      case 'reduce':
        this.node(
          operation.of === 'max' ? 'ReduceMax' : 'ReduceMean',
          [this.read(x, 'first')],
          name,
          { axes: [2, 3], keepdims: operation.keepDims ? 1 : 0 },
        );
        return operation.keepDims ? 'first' : 'last';
      case 'pad': {
        const { top, bottom, left, right } = operation;
        const pads = this.ints(`${name}/pads`, [0, 0, top, left, 0, 0, bottom, right]);
        this.node('Pad', [this.read(x, 'first'), pads], name);
        return 'first';
      }
      case 'crop': {
        const starts = this.ints(`${name}/starts`, [operation.top, operation.left]);
        const [height, width] = shape as [number, number];
        const ends = this.ints(`${name}/ends`, [operation.top + height, operation.left + width]);
        const axes = this.ints(`${name}/axes`, [2, 3]);
        this.node('Slice', [this.read(x, 'first'), starts, ends, axes], name);
        return 'first';
      }
      case 'resize': {
        const scales = [1, 1, shape[0]! / x.shape[0]!, shape[1]! / x.shape[1]!];
        const tensor = { shape: [4], values: Float32Array.from(scales) };
        const inputs = [this.read(x, 'first'), '', this.weight(`${name}/scales`, tensor)];
        this.node('Resize', inputs, name, {
          mode: operation.of === 'nearest' ? 'nearest' : 'linear',
          coordinate_transformation_mode: 'asymmetric',
          nearest_mode: 'floor',
        });
        return 'first';
      }
      case 'reshape':
        this.node(
          'Reshape',
          [this.read(x, 'last'), this.ints(`${name}/shape`, [-1, ...shape])],
          name,
        );
        return 'last';
      case 'permute':
        this.node('Transpose', [this.read(x, 'last')], name, { perm: operation.order });
        return 'last';
      case 'concat': {
        const names = inputs.map((input) => this.read(input, usual));
        const axis = usual === 'first' ? movedAxis[operation.axis]! : operation.axis;
        this.node('Concat', names, name, { axis });
        return usual;
      }
    }
  }

  private unary(
    node: GraphNode,
    operation: Extract<Operation, { kind: 'unary' }>,
    name: string,
    layout: Layout,
  ): void {
    const x = this.read(node.inputs[0]!, layout);
    if (operation.of === 'relu6') {
      this.node('Clip', [x, this.number(`${name}/low`, 0), this.number(`${name}/high`, 6)], name);
      return;
    }
    const { alpha } = operation;
    this.node(
      unaryOps[operation.of],
      [x],
      name,
      alpha === undefined ? {} : { alpha: { float: alpha } },
    );
  }

  private convolution({ name, inputs, shape }: GraphNode, operation: Convolution): void {
    const { kind, filter, bias, strides, dilations, padding } = operation;
    const [x] = inputs as [GraphNode];
    const tensors = [
      this.read(x, 'first'),
      this.weight(`${name}/filter`, onnxFilter(kind, filter)),
      ...(bias ? [this.weight(`${name}/bias`, bias)] : []),
    ];
    const window = filter.shape.slice(0, 2) as [number, number];
    const common = { kernel_shape: window, strides, dilations };
    if (kind === 'convTranspose') {
      // How far the full result, stride * (n - 1) + window, is longer than the wanted one; where it
      // is shorter, zeros are added at the end.
      const excess = window.map(
        (size, axis) =>
          strides[axis]! * (x.shape[axis]! - 1) + (size - 1) * dilations[axis]! + 1 - shape[axis]!,
      );
      const begin = excess.map((size) => Math.floor(Math.max(0, size) / 2));
      const end = excess.map((size, axis) => Math.max(0, size) - begin[axis]!);
      this.node('ConvTranspose', tensors, name, {
        ...common,
        pads: [...begin, ...end],
        output_padding: excess.map((size) => Math.max(0, -size)),
      });
      return;
    }
    const group = kind === 'depthwise' ? filter.shape[2]! : 1;
    const pads = padsOf(x, window, strides, dilations, padding);
    this.node('Conv', tensors, name, { ...common, pads, group });
  }

  /** A constant that is broadcast to the node's output as ONNX lays it out. */
  private broadcast(name: string, constant: Weight, { shape }: GraphNode): string {
    if (constant.shape.length === 0 || shape.length !== 3) return this.weight(name, constant);
    const filled = [...Array<number>(4 - constant.shape.length).fill(1), ...constant.shape];
    return this.weight(name, transposed({ shape: filled, values: constant.values }, toFirst));
  }
}

function padsOf(
  { shape }: GraphNode,
  window: [number, number],
  strides: [number, number],
  dilations: [number, number],
  padding: 'SAME' | 'VALID',
): number[] {
  if (padding === 'VALID') return [0, 0, 0, 0];
  const pads = window.map((size, axis) =>
    samePadding(shape[axis]!, size, strides[axis]!, dilations[axis]!),
  );
  return [pads[0]![0], pads[1]![0], pads[0]![1], pads[1]![1]];
}
