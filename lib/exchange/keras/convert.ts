import { GradbookError } from '../../runtime';
import type { Json } from './calls';

/** `kernel_size` as tfjs writes it, `kernelSize`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The fields of an imported layer. */
export interface ReadLayer {
  name: string;
  className: string;
  config: Json;
  /** Whether Keras 3 saved it: some functions differ from Keras 2. */
  keras3: boolean;
}

/** An error that names a layer and the option that cannot be imported. */
export function notImported({ name, className }: ReadLayer, what: string): GradbookError {
  return new GradbookError(
    `layer '${name}' (${className}): ${what} cannot be imported`,
    'unsupported-layer',
  );
}

// Initial values do not matter where weights are read; those that tfjs has are kept nevertheless.
const initializers = new Set(
  `Zeros Ones Constant RandomUniform RandomNormal TruncatedNormal VarianceScaling GlorotUniform
  GlorotNormal HeNormal HeUniform LeCunNormal LeCunUniform`.split(/\s+/),
);

/** An option of Keras as tfjs takes it; undefined for one that makes no difference here. */
export function tfjsValue(layer: ReadLayer, option: string, value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (option === 'data_format') return camelCase(value as string);
  const kind = /_(initializer|regularizer|constraint)$/.exec(option)?.[1];
  if (!kind) return value;
  const { class_name: className, config } = value as { class_name: string; config: Json };
  const options = (config ?? {}) as Json;
  if (kind === 'initializer') return initializer(className, options);
  if (kind === 'regularizer') {
    if (!/^L1$|^L2$|^L1L2$/.test(className)) throw notImported(layer, `${option} ${className}`);
    const l1 = Number(options['l1'] ?? 0);
    const l2 = Number(options['l2'] ?? 0);
    return { className: 'L1L2', config: { l1, l2 } };
  }
  if (!/^(MaxNorm|MinMaxNorm|NonNeg|UnitNorm)$/.test(className)) {
    throw notImported(layer, `${option} ${className}`);
  }
  return { className, config: camelKeys(options) };
}

function initializer(className: string, options: Json): Json | undefined {
  const name = className.replace('Lecun', 'LeCun');
  if (!initializers.has(name)) return undefined;
  const { seed, mode, distribution, ...rest } = options;
  const config = camelKeys(rest);
  delete config['inputAxes'];
  delete config['outputAxes'];
  if (typeof seed === 'number') config['seed'] = seed;
  if (typeof mode === 'string') config['mode'] = camelCase(mode);
  if (typeof distribution === 'string') {
    config['distribution'] =
      { uniform: 'uniform', truncated_normal: 'truncatedNormal' }[distribution] ?? 'normal';
  }
  return { className: name, config };
}

function camelKeys(config: Json): Json {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [camelCase(key), value]));
}
