import type { SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../runtime';
import { notImported, type ReadLayer } from './convert';
import { sharedActivations } from './layer-options';

export type Step = (x: SymbolicTensor) => SymbolicTensor;

/** An activation as an option of the layer, or as layers of tfjs that come after it. */
export interface ImportedActivation {
  option: string;
  after?: Step;
}

const other: Record<string, string> = { swish: 'swish', hard_swish: 'hardSilu' };

/**
 * An activation of Keras. Those that tfjs lacks are replaced by equivalent layers, so that the
 * model can be saved and exported like any other.
 *
 * @throws GradbookError `unsupported-layer`
 */
export function activationOf(layer: ReadLayer, value: unknown): ImportedActivation {
  if (value === null || value === undefined) return { option: 'linear' };
  const name = typeof value === 'string' ? value : String((value as { config?: unknown }).config);
  const shared = sharedActivations.find(([, keras]) => keras === name)?.[0] ?? undefined;
  if (shared) return { option: shared };
  if (other[name] === 'swish') return { option: 'swish' };
  switch (name) {
    case 'hard_sigmoid':
      if (!layer.keras3) return { option: 'hardSigmoid' };
      return { option: 'linear', after: hardSigmoid(layer.name) };
    case 'hard_silu':
    case 'hard_swish':
      return {
        option: 'linear',
        after: (x) => multiply(`${layer.name}_hard_silu`, x, hardSigmoid(layer.name)(x)),
      };
    case 'leaky_relu':
      return { option: 'linear', after: leakyRelu(`${layer.name}_leaky_relu`, 0.2) };
    default:
      throw notImported(layer, `activation '${name}'`);
  }
}

/** relu6(x + 3) / 6, as Keras 3 has it. */
function hardSigmoid(name: string): Step {
  const shift = rescaling(`${name}_plus_3`, 1, 3);
  const relu = tf.layers.reLU({ name: `${name}_relu6`, maxValue: 6 });
  const scale = rescaling(`${name}_by_6`, 1 / 6, 0);
  return (x) => scale(relu.apply(shift(x)) as SymbolicTensor);
}

export function leakyRelu(name: string, alpha: number): Step {
  const layer = tf.layers.leakyReLU({ name, alpha });
  return (x) => layer.apply(x) as SymbolicTensor;
}

/** `x * scale + offset`. */
export function rescaling(name: string, scale: number | number[], offset: number | number[]): Step {
  const layer = tf.layers.rescaling({ name, scale: scale as number, offset: offset as number });
  return (x) => layer.apply(x) as SymbolicTensor;
}

function multiply(name: string, a: SymbolicTensor, b: SymbolicTensor): SymbolicTensor {
  return tf.layers.multiply({ name }).apply([a, b]) as SymbolicTensor;
}
