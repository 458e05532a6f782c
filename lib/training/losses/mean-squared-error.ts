import { perExampleMean } from './cross-entropy';
import type { Loss } from './loss';

/** Mean of the squared differences. Class weights are not used. */
export function meanSquaredError(): Loss {
  return {
    name: 'mean_squared_error',
    perExample: ({ labels, outputs }) => perExampleMean(outputs.sub(labels).square()),
  };
}
