import type { LayersModel, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { type CallReplacement, layerUses, withLogits, withReplacedCalls } from '../ops';
import { GradbookError, tf } from '../runtime';
import { asFunction } from './functions';
import { isBinary } from './hooks';
import type { Layer, PlacedLayer } from './layers';
import { type ClassScore, logitScore } from './methods/class-scores';
import { meanOverRegion } from './regions';
import { checkModel } from './supported';

/**
 * Logits `[batch, classes]` in inference mode. The logit z of one sigmoid unit becomes two classes,
 * negative (0) with -z and positive (1) with z; their probabilities are the sigmoids of these. The
 * tensor belongs to the caller's tidy. Of a segmentation, the mean over the pixels of the region.
 */
export function forward(model: LayersModel, images: Tensor4D): Tensor2D {
  const answer = withLogits(model, () => model.apply(images, { training: false }) as Tensor);
  const logits = meanOverRegion(answer);
  return isBinary(model) ? tf.concat2d([logits.neg(), logits], 1) : logits;
}

/** As `forward`, outside gradients, where `runs` batches of this size are expected. */
export function logitsOf(model: LayersModel, images: Tensor4D, runs: number): Tensor2D {
  const body = ([x]: readonly Tensor[]) => [forward(model, x as Tensor4D)];
  return asFunction('logits', runs, body, [images])[0] as Tensor2D;
}

/** The sum of the chosen logits over the batch: images are independent, so one gradient serves them all. */
export function chosenScore(
  model: LayersModel,
  images: Tensor4D,
  targets: Tensor2D,
  score: ClassScore = logitScore,
): Tensor {
  return score(forward(model, images), targets);
}

/** Outputs of layers and the gradients of the chosen logits with respect to them; each `[batch, height, width, channels]`. */
export interface LayerEvidence {
  activations: Tensor4D;
  gradients: Tensor4D;
}

/** Activations of the given layers for a batch. The tensors belong to the caller's tidy. */
export function layerActivations(
  model: LayersModel,
  images: Tensor4D,
  places: readonly PlacedLayer[],
): Tensor4D[] {
  const kept = new Map<Layer, Tensor4D>();
  const replacements = new Map<Layer, CallReplacement>(
    places.map(({ layer }) => [
      layer,
      (original) => {
        const output = original() as Tensor4D;
        // tfjs disposes of a layer's output as soon as the next layer has used it.
        kept.set(layer, tf.keep(output.clone()));
        return output;
      },
    ]),
  );
  withReplacedCalls(replacements, () => forward(model, images));
  const answers = places.map(({ layer }) => kept.get(layer)!.clone());
  tf.dispose([...kept.values()]);
  return answers;
}

/**
 * The gradient of the chosen logits with respect to the outputs of layers, in one forward and one
 * backward pass. A zero is added to each layer's output; the gradient with respect to that zero is
 * the result, for any topology. The tensors belong to the caller's tidy.
 *
 * @param activations what `layerActivations` gave for the same images and places
 */
function layerGradients(
  model: LayersModel,
  images: Tensor4D,
  targets: Tensor2D,
  places: readonly PlacedLayer[],
  activations: readonly Tensor4D[],
  score: ClassScore = logitScore,
): Tensor4D[] {
  return tf.tidy(() => {
    const probed = (...probes: Tensor[]) => {
      const replacements = new Map<Layer, CallReplacement>(
        places.map(({ layer }, i) => [layer, (original) => original().add(probes[i]!)]),
      );
      return withReplacedCalls(replacements, () => chosenScore(model, images, targets, score));
    };
    const zeros = activations.map((activation) => tf.zerosLike(activation));
    return tf.grads(probed)(zeros) as Tensor4D[];
  });
}

/**
 * What the methods need of one batch. Each pass through the network is made once, when first
 * needed; the tensors live until `dispose`.
 */
export class Passes {
  /** Milliseconds of passes whose results were reused. */
  saved = 0;
  private activations: Timed | undefined;
  private gradients: Timed | undefined;

  constructor(
    readonly model: LayersModel,
    readonly images: Tensor4D,
    readonly targets: Tensor2D,
    readonly places: readonly PlacedLayer[],
    /** How many batches of this size there are. */
    private readonly batches = 1,
  ) {}

  layerActivations(): Tensor4D[] {
    if (this.activations) this.saved += this.activations.milliseconds;
    this.activations ??= timed(() => layerActivations(this.model, this.images, this.places));
    return this.activations.tensors;
  }

  layerEvidence(): LayerEvidence[] {
    if (!this.activations) this.together();
    const activations = this.layerActivations();
    if (this.gradients) this.saved += this.gradients.milliseconds;
    this.gradients ??= timed(() =>
      layerGradients(this.model, this.images, this.targets, this.places, activations),
    );
    const { tensors } = this.gradients;
    return activations.map((answer, i) => ({ activations: answer, gradients: tensors[i]! }));
  }

  /** Activations and gradients in one function, where there are many batches. */
  private together(): void {
    const { model, places } = this;
    const body = ([images, targets]: readonly Tensor[]) => {
      const [x, chosen] = [images as Tensor4D, targets as Tensor2D];
      const activations = layerActivations(model, x, places);
      return [...activations, ...layerGradients(model, x, chosen, places, activations)];
    };
    const started = performance.now();
    const both = asFunction('evidence', this.batches, body, [
      this.images,
      this.targets,
    ]) as Tensor4D[];
    for (const tensor of both) tf.keep(tensor);
    const milliseconds = performance.now() - started;
    // A backward pass costs about as much as two forward passes.
    const gradients = both.splice(places.length);
    this.activations = { tensors: both, milliseconds: milliseconds / 4 };
    this.gradients = { tensors: gradients, milliseconds: (milliseconds * 3) / 4 };
    this.saved -= milliseconds;
  }

  /** As `layerEvidence`, with gradients of another score than the logits' sum. */
  evidenceOf(score: ClassScore): LayerEvidence[] {
    const activations = this.layerActivations();
    const { model, images, targets, places } = this;
    const gradients = layerGradients(model, images, targets, places, activations, score);
    return activations.map((answer, i) => ({ activations: answer, gradients: gradients[i]! }));
  }

  dispose(): void {
    for (const tensor of [this.activations, this.gradients].flatMap((one) => one?.tensors ?? [])) {
      tensor.dispose();
    }
    this.activations = undefined;
    this.gradients = undefined;
  }
}

interface Timed {
  tensors: Tensor4D[];
  milliseconds: number;
}

function timed(pass: () => Tensor4D[]): Timed {
  const started = performance.now();
  const tensors = pass();
  for (const tensor of tensors) tf.keep(tensor);
  return { tensors, milliseconds: performance.now() - started };
}

/** The layers of each container that only feed the given one, when every container is a plain chain. */
function upstream(model: LayersModel, place: PlacedLayer): Layer[] | undefined {
  const before: Layer[] = [];
  const uses = layerUses(model);
  const names = place.path.split('/');
  for (const [depth, container] of place.containers.entries()) {
    const chain = container.layers.every((layer) => {
      const nodes = layer.inboundNodes;
      const once = (uses.get(layer) ?? 1) <= 1;
      return once && nodes.length >= 1 && (nodes[0]!.inboundLayers?.length ?? 0) <= 1;
    });
    if (!chain) return undefined;
    for (const layer of container.layers) {
      if (layer.name === names[depth]) break;
      if (layer.getClassName() !== 'InputLayer') before.push(layer);
    }
  }
  return before;
}

/**
 * Logits `[batch, classes]` when `activations` replace a layer's output. Where the
 * network is a chain, nothing before the layer is computed.
 *
 * @param images one image `[1, height, width, channels]`, repeated as needed where the network branches
 */
export function forwardFrom(
  model: LayersModel,
  images: Tensor4D,
  place: PlacedLayer,
  activations: Tensor4D,
): Tensor2D {
  return tf.tidy(() => {
    const replacements = new Map<Layer, CallReplacement>([
      [place.layer, () => activations.clone()],
    ]);
    const unused = upstream(model, place);
    for (const layer of unused ?? []) {
      const shape = (layer.outputShape as (number | null)[]).map((size) => size ?? 1);
      replacements.set(layer, () => tf.zeros(shape));
    }
    const input = unused ? images : tf.tile(images, [activations.shape[0], 1, 1, 1]);
    return withReplacedCalls(replacements, () => forward(model, input));
  });
}

/** Throws unless the model can be explained and images are `[n, height, width, channels]` of the size it takes. */
export function checkImages(model: LayersModel, shape: readonly number[]): void {
  checkModel(model);
  const expected = model.inputs[0]!.shape;
  const fits =
    shape.length === 4 &&
    expected.every((size, i) => i === 0 || size === null || size === shape[i]);
  if (!fits || shape[0] === 0) {
    throw new GradbookError(
      `images of shape [${shape.join(', ')}]: model ${model.name} takes [n, ${expected.slice(1).join(', ')}], n at least 1`,
      'bad-shape',
    );
  }
}
