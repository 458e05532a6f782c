import { GradbookError, type Random, tf } from '../../runtime';
import {
  type Augmentation,
  checkPictures,
  checkShare,
  generatorOf,
  rangeOf,
  type SeedOption,
  uniform,
} from './augmentation';
import { pixelsOf, type Rectangle } from './rectangles';

export interface RandomErasingOptions extends SeedOption {
  /** How often an image is erased. Default 0.5. */
  probability?: number;
  /** Lowest and highest share of the image. Default [0.02, 0.33]. */
  area?: readonly [number, number];
  /** Lowest and highest ratio of height and width. Default [0.3, 3.3]. */
  ratio?: readonly [number, number];
  /** What is put there: a number, or `noise`, normal with mean 0 and deviation 1. Default 0. */
  fill?: number | 'noise';
}

/**
 * Erases a rectangle of images at random (Zhong et al., "Random Erasing Data Augmentation", 2020), as
 * torchvision's `RandomErasing`. Targets stay, masks as well.
 *
 * @throws GradbookError `bad-option`; when called, `bad-shape`
 */
export function randomErasing(options: RandomErasingOptions = {}): Augmentation {
  const { probability = 0.5, fill = 0 } = options;
  checkShare(probability, 'probability');
  const area = rangeOf(options.area ?? [0.02, 0.33], 'area');
  for (const share of area) checkShare(share, 'area');
  const ratio = rangeOf(options.ratio ?? [0.3, 3.3], 'ratio');
  if (!(ratio[0] > 0)) {
    throw new GradbookError(`ratio ${ratio[0]}: give numbers above 0`, 'bad-option');
  }
  const logs = [Math.log(ratio[0]), Math.log(ratio[1])] as const;
  const draw = (generator: Random, height: number, width: number): Rectangle | undefined => {
    if (generator.next() >= probability) return undefined;
    // Ten tries, as torchvision makes: not every ratio fits.
    for (let i = 0; i < 10; i++) {
      const pixels = uniform(generator, area) * height * width;
      const tall = Math.exp(uniform(generator, logs));
      const h = Math.round(Math.sqrt(pixels * tall));
      const w = Math.round(Math.sqrt(pixels / tall));
      if (h < 1 || w < 1 || h > height || w > width) continue;
      const top = generator.integer(0, height - h + 1);
      return { top, left: generator.integer(0, width - w + 1), height: h, width: w };
    }
    return undefined;
  };
  const generator = generatorOf(options);
  return (x, y, _rows) => {
    const [count, height, width] = checkPictures(x, 'randomErasing').shape;
    const rectangles = Array.from({ length: count }, () => draw(generator(), height, width));
    const seed = fill === 'noise' ? generator().integer(0, 0x7fffffff) : 0;
    const erased = tf.tidy(() => {
      const gone = pixelsOf(rectangles, height, width);
      const instead = fill === 'noise' ? tf.randomNormal(x.shape, 0, 1, 'float32', seed) : fill;
      return tf.add(tf.mul(x, tf.sub(1, gone)), tf.mul(gone, instead));
    });
    return { x: erased, y: tf.clone(y) };
  };
}
