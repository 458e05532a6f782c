import type { Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, tf } from '../../runtime';

/** Most positions of a layer for which the kernel matrix is computed: 8,192² numbers are 256 MiB. */
const largest = 8192;

/**
 * The first kernel principal component of a layer's places, as KPCA-CAM draws it (Karmani et al., 2024,
 * arXiv:2410.00267): sigmoid kernel `tanh(x · y / channels + 1)` of the centred activations, centred in
 * its own space, projected on its leading eigenvector. Signed so that the eigenvector's largest absolute
 * entry is positive, as in scikit-learn.
 *
 * @param values `[places, channels]`, row after row
 * @returns `[places]`
 * @throws GradbookError `too-large` for a layer of more than 8,192 places
 */
export function firstKernelComponent(
  values: Float32Array,
  places: number,
  channels: number,
): Float32Array {
  if (places > largest) {
    throw new GradbookError(
      `kpca-cam compares all pairs of ${places} positions: choose a layer with at most ${largest}`,
      'too-large',
    );
  }
  return tf.tidy(() => {
    const raw = tf.tensor2d(values, [places, channels]);
    const x = raw.sub(raw.mean(0, true)) as Tensor2D;
    const kernel = x.matMul(x, false, true).div(channels).add(1).tanh();
    const rows = kernel.mean(0, true);
    const centred = kernel.sub(rows).sub(rows.transpose()).add(kernel.mean()) as Tensor2D;
    let { value, vector } = leading(centred, 0);
    // A sigmoid kernel may have negative eigenvalues: shift them, so that the largest positive one
    // dominates.
    if (value < 0) ({ value, vector } = leading(centred, -value));
    let at = 0;
    for (let i = 1; i < places; i++) if (Math.abs(vector[i]!) > Math.abs(vector[at]!)) at = i;
    const scale = Math.sign(vector[at]!) * Math.sqrt(Math.max(value, 0));
    return vector.map((entry) => entry * scale);
  });
}

/** Eigenvalue of the largest absolute value of `matrix + shift`, less the shift, by power iteration. */
function leading(matrix: Tensor2D, shift: number): { value: number; vector: Float32Array } {
  const size = matrix.shape[0];
  // The row of the largest diagonal entry is never orthogonal to the leading eigenvector of a Gram matrix.
  const diagonal = tf.tidy(() => matrix.mul(tf.eye(size)).sum(1).argMax().dataSync()[0]!);
  let vector = matrix.slice([diagonal, 0], [1, size]).transpose() as Tensor2D;
  let value = 0;
  for (let step = 0; step < 60; step++) {
    const [next, found, change] = tf.tidy(() => {
      let current = vector.div(vector.norm().add(1e-30)) as Tensor2D;
      let before = current;
      for (let i = 0; i < 10; i++) {
        before = current;
        const product = matrix.matMul(current).add(current.mul(shift)) as Tensor2D;
        current = product.div(product.norm().add(1e-30)) as Tensor2D;
      }
      const rayleigh = current.mul(matrix.matMul(current)).sum().dataSync()[0]!;
      // The sign flips from step to step where the eigenvalue is negative.
      const sign = rayleigh + shift < 0 ? -1 : 1;
      const moved = current.sub(before.mul(sign)).norm().dataSync()[0]!;
      return [current, rayleigh, moved] as [Tensor2D, number, number];
    });
    vector.dispose();
    vector = next;
    value = found;
    if (change < 1e-6) break;
  }
  return { value, vector: vector.dataSync() as Float32Array };
}
