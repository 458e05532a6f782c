import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { withLogits } from '../ops';
import type { Predictions } from './gathered';
import { type PredictionData, type PredictOptions, predictions } from './predict';

/**
 * As `predict`, but what goes into the softmax or sigmoid that the model ends in: probabilities of
 * exactly 0 or 1 have lost it. What `fitTemperature` and `probabilitiesAt` take.
 *
 * @throws GradbookError as `predict`; `bad-model`, `shared-layer` where the logits cannot be told
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
