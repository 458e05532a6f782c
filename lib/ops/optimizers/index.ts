import { tf } from '../../runtime';
import { Adagrad, type AdagradOptions } from './adagrad';
import { Adam, type AdamOptions } from './adam';
import { AdamW, type AdamWOptions } from './adamw';
import { RMSprop, type RmspropOptions } from './rmsprop';
import { SGD, type SgdOptions } from './sgd';
import type { TfjsOptimizerName } from './types';

export type { AdagradOptions } from './adagrad';
export type { AdamOptions } from './adam';
export type { AdamWOptions } from './adamw';
export { KerasOptimizer } from './base';
export type { RmspropOptions } from './rmsprop';
export type { SgdOptions } from './sgd';
export { TfjsState } from './tfjs-state';
export type { OptimizerState } from './types';

/**
 * Keras's optimizers, with Keras's defaults, one op of TensorFlow a variable:
 * `model.compile({ optimizer: optimizers.adam({ learningRate: 3e-4 }), … })`.
 */
export const optimizers = {
  sgd: (options?: SgdOptions) => new SGD(options),
  adagrad: (options?: AdagradOptions) => new Adagrad(options),
  rmsprop: (options?: RmspropOptions) => new RMSprop(options),
  adam: (options?: AdamOptions) => new Adam(options),
  adamw: (options?: AdamWOptions) => new AdamW(options),
};

/** Makes models that were saved with one of these optimizers load again with it. */
export function registerOptimizers(): void {
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  for (const optimizer of [SGD, Adagrad, RMSprop, Adam, AdamW]) {
    const withDefaults = optimizer as unknown as { fromConfig: unknown; className: string };
    withDefaults.fromConfig = (cls: new (config: object) => object, config: object) =>
      new cls(config);
    delete classNameMap[withDefaults.className];
    tf.serialization.registerClass(optimizer as never);
  }
  // Models name tfjs's own optimizer of the kind, so that plain tfjs reads them; `keras` in the
  // options marks that it was one of these.
  const own: Record<TfjsOptimizerName, (config: object) => object> = {
    SGD: (config) => new SGD(config),
    Momentum: (config) => new SGD(config),
    Adagrad: (config) => new Adagrad(config),
    RMSProp: (config) => new RMSprop(config),
    Adam: (config) =>
      'weightDecay' in config ? new AdamW(config as AdamWOptions) : new Adam(config),
  };
  for (const [name, make] of Object.entries(own)) {
    const [plain, fromConfig] = classNameMap[name] as unknown as [
      never,
      (cls: never, c: never) => object,
    ];
    classNameMap[name] = [
      plain,
      (cls: never, config: { keras?: boolean }) =>
        config.keras ? make(config) : fromConfig(cls, config as never),
    ] as never;
  }
}
