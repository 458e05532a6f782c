import type { SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../runtime';
import { notImported, type ReadLayer } from './convert';
import type { FileArray, Part } from './parts';

/**
 * Keras's Normalization, `(x - mean) / max(sqrt(variance), 1e-7)` or with `invert` the other way, as
 * a Rescaling by channel, whose numbers are set when the weights are read.
 *
 * @throws GradbookError `unsupported-layer`
 */
export function normalizationPart(read: ReadLayer): Part {
  const { axis, invert, mean, variance } = read.config;
  const layer = tf.layers.rescaling({ name: read.name, scale: 1, offset: 0 });
  const numbers = layer as unknown as { scale: number | number[]; offset: number | number[] };
  const set = (means: number[], variances: number[]): void => {
    const deviations = variances.map((value) => Math.max(Math.sqrt(value), 1e-7));
    const scale = invert ? deviations : deviations.map((value) => 1 / value);
    const offset = means.map((value, i) => (invert ? value : -value * scale[i]!));
    numbers.scale = scale.length === 1 ? scale[0]! : scale;
    numbers.offset = offset.length === 1 ? offset[0]! : offset;
  };
  const given = mean !== null && mean !== undefined;
  if (given) set([mean].flat(5) as number[], [variance].flat(5) as number[]);
  return {
    name: read.name,
    className: read.className,
    isLayer: true,
    trainable: true,
    constants: given
      ? undefined
      : {
          kinds: ['mean', 'variance', 'count'],
          set: ([means, variances]: FileArray[]) =>
            set(Array.from(means!.values), Array.from(variances!.values)),
        },
    apply: ([x]) => {
      const [at, ...more] = [axis ?? []].flat() as number[];
      if (more.length > 0 || (at !== undefined && at !== -1 && at !== x!.shape.length - 1)) {
        throw notImported(read, `axis ${JSON.stringify(axis)}`);
      }
      return [layer.apply(x!) as SymbolicTensor];
    },
  };
}
