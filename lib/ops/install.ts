import { GradbookError } from '../runtime';
import { batchNorm, defineBatchNorm } from './batch-norm';
import { noteCompile } from './compiled-trainable';
import { defineConvolutions } from './convolution';
import { convolution } from './convolution-layers';
import { defineDense, dense } from './dense';
import { dropout } from './dropout';
import { lossFromLogits } from './loss-from-logits';
import { pooling } from './max-pool';
import { addMissingGradients } from './missing-gradients';
import { registerOptimizers } from './optimizers';
import { regularizer } from './regularizer';
import { relu } from './relu';
import { resizeNearest } from './resize-nearest';
import { roundedKernels } from './rounded-kernels';
import { savedOutputs } from './saved-outputs';
import { type NativeOps, type Replacement, type ReplacementName, state } from './switches';

// `oneDNN` replaces nothing by itself: the other ops check whether it is on.
const oneDnn: Replacement = { enable() {}, disable() {} };

const replacements: Record<ReplacementName, Replacement> = {
  batchNorm,
  convolution,
  dense,
  dropout,
  lossFromLogits,
  oneDnn,
  pooling,
  regularizer,
  relu,
};

const names = Object.keys(replacements) as ReplacementName[];

/**
 * Turns the native ops on or off, all at once or one by one; the others are not changed.
 * All are on when `lib` is loaded. With one off, tfjs's own op is used. Models switch at their next
 * step; a model must be compiled again for `lossFromLogits` to change.
 *
 * @returns which are on now
 * @throws GradbookError `unknown-op`
 */
export function useNativeOps(on: boolean | Partial<NativeOps> = {}): NativeOps {
  const wanted = typeof on === 'boolean' ? Object.fromEntries(names.map((name) => [name, on])) : on;
  for (const [name, value] of Object.entries(wanted)) {
    if (!(name in replacements)) {
      throw new GradbookError(
        `no native op is called ${name}: there are ${names.join(', ')}`,
        'unknown-op',
      );
    }
    state.on[name as ReplacementName] = value;
    if (value) replacements[name as ReplacementName].enable();
    else replacements[name as ReplacementName].disable();
  }
  return { ...(state.on as NativeOps) };
}

/** Activates this copy of `lib`; what was turned off before it was loaded stays off. */
export function install(): void {
  defineBatchNorm();
  defineConvolutions();
  defineDense();
  registerOptimizers();
  noteCompile();
  addMissingGradients();
  resizeNearest.enable();
  roundedKernels.enable();
  savedOutputs.enable();
  for (const name of names) useNativeOps({ [name]: state.on[name] ?? true });
}
