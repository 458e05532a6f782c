import { tf } from '../runtime';

/**
 * Whether the gradient that is being computed lies inside another one, as in a gradient penalty or
 * `tf.grad(tf.grad(f))`. What a gradient function does then must be on the tape: fused ops, which
 * have no gradient of their own, give way to ops of tfjs.
 */
export function insideGradient(): boolean {
  const { state } = tf.engine() as unknown as { state: { gradientDepth: number } };
  return state.gradientDepth > 0;
}
