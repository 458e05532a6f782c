import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, type Random, tf } from '../../runtime';
import {
  type Augmentation,
  areMasks,
  checkPictures,
  checkShare,
  generatorOf,
  type SeedOption,
} from './augmentation';
import { pixelsOf } from './rectangles';

export interface MixOptions extends SeedOption {
  /** Share of one example, drawn from Beta(alpha, alpha). Default 0.2 for mixup, 1 for CutMix. */
  alpha?: number;
  /** How often a batch is mixed. Default 1. */
  probability?: number;
}

/** A gamma deviate of scale 1 (Marsaglia and Tsang, 2000). */
function gamma(shape: number, generator: Random): number {
  if (shape < 1) {
    // In this order, since each draws from the generator.
    const above = gamma(shape + 1, generator);
    return above * (1 - generator.next()) ** (1 / shape);
  }
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = generator.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - generator.next()) < (x * x) / 2 + d - d * v + d * Math.log(v)) {
      return d * v;
    }
  }
}

/** A deviate of Beta(alpha, alpha). */
export function betaDeviate(alpha: number, generator: Random): number {
  const a = gamma(alpha, generator);
  const b = gamma(alpha, generator);
  // Both are rounded to 0 for very small alphas: one of the two ends.
  return a + b > 0 ? a / (a + b) : Math.round(generator.next());
}

function checkMix(what: string, { alpha = 1, probability = 1 }: MixOptions): void {
  if (!(alpha > 0 && Number.isFinite(alpha))) {
    throw new GradbookError(`alpha ${alpha} of ${what}: give a number above 0`, 'bad-option');
  }
  checkShare(probability, 'probability');
}

function checkTargets(y: Tensor, what: string): void {
  if (y.rank >= 2) return;
  throw new GradbookError(
    `${what} of targets [${y.shape}]: integer labels cannot be mixed, give one-hot or multi-hot ones`,
    'bad-shape',
  );
}

/** `share` of a and the rest of b. */
function mix(a: Tensor, b: Tensor, share: number): Tensor {
  return tf.add(tf.mul(a, share), tf.mul(b, 1 - share));
}

/**
 * Mixes each example, and its targets, with another of the batch: `share x + (1 - share) other`, the
 * share drawn from Beta(alpha, alpha) once for a batch (Zhang et al., "mixup: Beyond Empirical Risk
 * Minimization", 2018). Masks are mixed as other targets are. Inputs of any rank.
 *
 * @throws GradbookError `bad-option`; when called, `bad-shape` for integer labels
 */
export function mixup(options: MixOptions = {}): Augmentation {
  const { alpha = 0.2, probability = 1 } = options;
  checkMix('mixup', options);
  const generator = generatorOf(options);
  return (x, y, _rows) => {
    checkTargets(y, 'mixup');
    if (generator().next() >= probability) return { x: tf.clone(x), y: tf.clone(y) };
    const share = betaDeviate(alpha, generator());
    const order = generator().permutation(x.shape[0]!);
    return tf.tidy(() => {
      const others = tf.tensor1d(order, 'int32');
      const floats = tf.cast(y, 'float32');
      return {
        x: mix(x, tf.gather(x, others), share),
        y: mix(floats, tf.gather(floats, others), share),
      };
    });
  };
}

/**
 * Pastes a rectangle of another image of the batch into each, the same rectangle in all. Its area is
 * `1 - share`, the share drawn from Beta(alpha, alpha); targets are mixed by the area that it has inside
 * of the image (Yun et al., "CutMix", 2019). Masks are pasted as the images are.
 *
 * @throws GradbookError `bad-option`; when called, `bad-shape`
 */
export function cutMix(options: MixOptions = {}): Augmentation {
  const { alpha = 1, probability = 1 } = options;
  checkMix('cutMix', options);
  const generator = generatorOf(options);
  return (x, y, _rows) => {
    checkTargets(y, 'cutMix');
    const [count, height, width] = checkPictures(x, 'cutMix').shape;
    const source = generator();
    if (source.next() >= probability) return { x: tf.clone(x), y: tf.clone(y) };
    const side = Math.sqrt(1 - betaDeviate(alpha, source));
    const middle = { x: source.integer(0, width), y: source.integer(0, height) };
    const half = { x: Math.trunc((width * side) / 2), y: Math.trunc((height * side) / 2) };
    const left = Math.max(0, middle.x - half.x);
    const top = Math.max(0, middle.y - half.y);
    const right = Math.min(width, middle.x + half.x);
    const bottom = Math.min(height, middle.y + half.y);
    const rectangle = { left, top, width: right - left, height: bottom - top };
    const share = 1 - (rectangle.width * rectangle.height) / (width * height);
    const order = source.permutation(count);
    return tf.tidy(() => {
      const others = tf.tensor1d(order, 'int32');
      const inside = pixelsOf([rectangle], height, width);
      const paste = (a: Tensor, b: Tensor, place: Tensor) =>
        tf.add(tf.mul(a, tf.sub(1, place)), tf.mul(b, place));
      const floats = tf.cast(y, 'float32');
      const otherY = tf.gather(floats, others);
      const place = y.rank === 4 ? inside : tf.squeeze(inside, [3]);
      return {
        x: paste(x, tf.gather(x, others), inside),
        y: areMasks(x, y) ? paste(floats, otherY, place) : mix(floats, otherY, share),
      };
    });
  };
}
