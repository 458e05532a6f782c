import { tf } from '../runtime';

/**
 * Whether the gradient being computed is inside another one, as in a gradient penalty or
 * `tf.grad(tf.grad(f))`. A gradient function must then be recorded on the tape: fused ops, which
 * are not differentiable, are replaced by tfjs ops.
 */
export function insideGradient(): boolean {
  const { state } = tf.engine() as unknown as { state: { gradientDepth: number } };
  return state.gradientDepth > 0;
}
