import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { type OpAttribute, tf } from '../runtime';
import { roundedOp } from './one-dnn';

/** A bias gradient that nobody has fetched: its gradient function was not called. */
let unfetched: Tensor | undefined;

/**
 * The gradients of a convolution by its filter and by its bias from one op of oneDNN, in bfloat16.
 * The sum for the bias costs next to nothing there; by itself it would need `dy` in float32.
 */
export class FilterAndBias {
  private ofBias: Tensor | undefined;

  /** @param attributes strides and padding, as the op takes them */
  constructor(
    private readonly x: Tensor,
    private readonly shape: number[],
    private readonly dy: Tensor,
    private readonly attributes: Readonly<Record<string, OpAttribute>>,
  ) {}

  /** tfjs asks for this one first, and tidies after each of them. */
  filter(): Tensor {
    unfetched?.dispose();
    const shape = tf.tensor1d(this.shape, 'int32');
    const inputs = [this.x, shape, this.dy];
    const gradients = roundedOp('Conv2DBackpropFilterWithBias', inputs, this.attributes, 2);
    this.ofBias = tf.keep(gradients[1]!);
    unfetched = this.ofBias;
    return gradients[0]!;
  }

  /** Undefined where the filter's gradient was not asked for. */
  bias(): Tensor | undefined {
    if (!this.ofBias) return undefined;
    const gradient = tf.clone(this.ofBias);
    this.ofBias.dispose();
    this.ofBias = undefined;
    unfetched = undefined;
    return gradient;
  }
}
