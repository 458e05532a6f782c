import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { withLogits } from '../ops';
import type { Predictions } from './gathered';
import { type PredictionData, type PredictOptions, predictions } from './predict';

/**
 * As `predict`, but the logits of the model's final softmax or sigmoid, which cannot be recovered
 * from probabilities of exactly 0 or 1. For `fitTemperature` and `probabilitiesAt`.
 *
 * @throws GradbookError as `predict`; `bad-model`, `shared-layer` where the logits cannot be
 *   determined
 */
export async function predictLogits(
  model: LayersModel,
  x: PredictionData,
  options: PredictOptions = {},
): Promise<Predictions> {
  const logits = (batch: Tensor | Tensor[]) => withLogits(model, () => model.predict(batch));
  const [first] = await predictions(model, x, options, logits);
  return first ?? { values: new Float32Array(0), shape: [0] };
}
