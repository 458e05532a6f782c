import { GradbookError } from '../../runtime';
import { graphConstants } from './graph-constants';
import type { WeightArray, WeightMap } from './weight-map';

const norms = ['gamma', 'beta', 'moving_mean', 'moving_variance'];

/**
 * Reads MobileNet v1 from a frozen graph of TF-Slim's checkpoint and names its arrays as Keras
 * does: `MobilenetV1/Conv2d_3_depthwise/depthwise_weights` is `conv_dw_3/kernel`. TF-Slim's top has
 * 1,001 classes; the first, the background, is dropped, as in Keras's own conversion.
 *
 * @throws GradbookError `bad-file` when an array is missing
 */
export function fromSlim(graphDef: Uint8Array): WeightMap {
  const constants = graphConstants(graphDef);
  const take = (name: string): WeightArray => {
    const found = constants.get(`MobilenetV1/${name}`);
    if (!found) {
      throw new GradbookError(
        `the graph holds no MobilenetV1/${name}: it is not a frozen MobileNet v1 of TF-Slim`,
        'bad-file',
      );
    }
    return found;
  };
  const weights: WeightMap = new Map();
  const layer = (slim: string, keras: string, kernel = 'weights') => {
    weights.set(`${keras}/kernel`, take(`${slim}/${kernel}`));
    for (const norm of norms) {
      weights.set(`${keras}_bn/${norm}`, take(`${slim}/BatchNorm/${norm}`));
    }
  };
  layer('Conv2d_0', 'conv1');
  for (let i = 1; i <= 13; i++) {
    layer(`Conv2d_${i}_depthwise`, `conv_dw_${i}`, 'depthwise_weights');
    layer(`Conv2d_${i}_pointwise`, `conv_pw_${i}`);
  }
  weights.set('conv_preds/kernel', withoutBackground(take('Logits/Conv2d_1c_1x1/weights')));
  weights.set('conv_preds/bias', withoutBackground(take('Logits/Conv2d_1c_1x1/biases')));
  return weights;
}

function withoutBackground({ shape, values }: WeightArray): WeightArray {
  const classes = shape[shape.length - 1]!;
  return {
    shape: [...shape.slice(0, -1), classes - 1],
    values: values.filter((_, i) => i % classes !== 0),
  };
}
