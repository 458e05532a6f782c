import type { Layer, Part } from './parts';

type Call = (inputs: unknown, kwargs?: Record<string, unknown>) => unknown;

/**
 * Keeps a layer or model in inference mode while the model around it is trained, as the call with
 * `training=False` does in Keras: batch norms use their kept statistics, dropout does nothing.
 */
export function inInference(part: Part): void {
  const layer = part.layer as (Layer & { call: Call }) | undefined;
  if (!layer) return;
  const call = layer.call.bind(layer) as Call;
  (layer as { call: Call }).call = (inputs, kwargs) => call(inputs, { ...kwargs, training: false });
}
