import type { LayersModel, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import {
  type CallReplacement,
  layerUses,
  modelOutput,
  withActivations,
  withReplacedCalls,
} from '../../ops';
import { GradbookError, tf } from '../../runtime';
import { allLayers, type Layer, type PlacedLayer } from '../layers';
import { chosenScore } from '../network';
import { normalizeMap, oneMap, resizeMaps } from '../scale';

interface Weighted {
  activation?: { apply(x: Tensor): Tensor; getClassName(): string } | null;
  bias?: { read(): Tensor } | null;
  gamma?: { read(): Tensor } | null;
  beta?: { read(): Tensor } | null;
  movingMean?: { read(): Tensor };
  movingVariance?: { read(): Tensor };
  epsilon?: number;
}

const convolution = /^(Separable|Depthwise)?Conv2D(Transpose)?$/;

/**
 * FullGrad (Srinivas and Fleuret, 2019, arXiv:1905.00780), as pytorch-grad-cam computes it: the
 * absolute input times gradient, and for each convolution and batch normalization the absolute bias
 * times the gradient of its output, every channel scaled to 0…1 by itself, resized and added. The bias
 * of a batch normalization is what it adds in inference, `beta - mean · gamma / √(variance + epsilon)`.
 *
 * @returns `[n, height, width]` of the images, on the host
 * @throws GradbookError `shared-layer` where a layer with a bias is applied more than once
 */
export function fullGrad(model: LayersModel, images: Tensor4D, targets: Tensor2D): Float32Array {
  const places = allLayers(model).filter(hasBias);
  const uses = layerUses(model);
  const shared = places.find(({ layer }) => (uses.get(layer) ?? 1) > 1);
  if (shared) {
    throw new GradbookError(
      `layer ${shared.path} is applied more than once in model ${model.name}: full-grad needs one gradient of each bias`,
      'shared-layer',
    );
  }
  const [count, height, width] = images.shape;
  const total = new Float32Array(count * height * width);
  tf.tidy(() => {
    const shapes = outputShapes(model, images, places);
    const probes = shapes.map((shape) => tf.zeros(shape));
    const score = (x: Tensor, ...offsets: Tensor[]) =>
      withProbes(places, modelOutput(model).layer, offsets, () =>
        chosenScore(model, x as Tensor4D, targets),
      );
    const [input, ...gradients] = tf.grads(score)([images, ...probes]) as Tensor4D[];
    addChannels(total, input!.mul(images).abs() as Tensor4D, [height, width]);
    gradients.forEach((gradient, i) => {
      const part = gradient.mul(biasOf(places[i]!.layer)).abs() as Tensor4D;
      addChannels(total, part, [height, width]);
    });
  });
  return total;
}

function hasBias({ layer }: PlacedLayer): boolean {
  const { bias, movingMean } = layer as unknown as Weighted;
  const name = layer.getClassName();
  if (name === 'BatchNormalization') {
    const { axis = -1 } = layer as unknown as { axis?: number };
    return (
      Boolean(movingMean) &&
      layer.inboundNodes[0]!.outputShapes.flat().length === 4 &&
      (axis === -1 || axis === 3)
    );
  }
  return convolution.test(name) && Boolean(bias);
}

function biasOf(layer: Layer): Tensor {
  const {
    bias,
    gamma,
    beta,
    movingMean,
    movingVariance,
    epsilon = 1e-3,
  } = layer as unknown as Weighted;
  if (layer.getClassName() !== 'BatchNormalization') return bias!.read();
  const slope = tf.rsqrt(movingVariance!.read().add(epsilon));
  const moved = movingMean!
    .read()
    .mul(gamma ? slope.mul(gamma.read()) : slope)
    .neg();
  return beta ? moved.add(beta.read()) : moved;
}

/**
 * Runs `run` while a tensor is added to each layer's output before its activation; the last layer's
 * logits stay as they are.
 */
function withProbes<T>(
  places: readonly PlacedLayer[],
  last: Layer,
  probes: readonly Tensor[],
  run: () => T,
): T {
  const calls = new Map<Layer, CallReplacement>();
  const activations = new Map<Layer, (x: Tensor) => Tensor>();
  places.forEach(({ layer }, i) => {
    const { activation } = layer as unknown as Weighted;
    if (layer !== last && activation && activation.getClassName() !== 'linear') {
      activations.set(layer, (x) => activation.apply(x.add(probes[i]!)));
    } else calls.set(layer, (original) => original().add(probes[i]!));
  });
  return withActivations(activations, () => withReplacedCalls(calls, run));
}

function outputShapes(
  model: LayersModel,
  images: Tensor4D,
  places: readonly PlacedLayer[],
): number[][] {
  const found = new Map<Layer, number[]>();
  const calls = new Map<Layer, CallReplacement>(
    places.map(({ layer }) => [
      layer,
      (original) => {
        const output = original();
        found.set(layer, output.shape);
        return output;
      },
    ]),
  );
  withReplacedCalls(calls, () => model.apply(images, { training: false }));
  return places.map(({ layer }) => found.get(layer)!);
}

/** Adds all channels of `values`, each scaled by itself and resized, to maps `[n, height, width]`. */
function addChannels(total: Float32Array, values: Tensor4D, size: readonly [number, number]): void {
  const [count, height, width, channels] = values.shape;
  const planes = Float32Array.from(values.transpose([0, 3, 1, 2]).dataSync());
  for (let i = 0; i < count * channels; i++) normalizeMap(oneMap(planes, height * width, i));
  const resized = resizeMaps(planes, [count * channels, height, width], size);
  const pixels = size[0] * size[1];
  for (let i = 0; i < resized.length; i++) {
    const image = Math.floor(i / (pixels * channels));
    total[image * pixels + (i % pixels)]! += resized[i]!;
  }
}
