import type {
  LayersModel,
  Tensor,
  Tensor2D,
  Tensor4D,
  TensorContainer,
} from '@tensorflow/tfjs-node-gpu';
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

/**
 * Runs `run` with `see` between each layer and what uses its output.
 *
 * @param see what becomes of the output of the layer of that index
 */
function atLayers<T>(
  places: readonly PlacedLayer[],
  see: (output: Tensor, index: number) => Tensor,
  run: () => T,
): T {
  const replacements = new Map<Layer, CallReplacement>(
    places.map(({ layer }, i) => [layer, (original) => see(original() as Tensor, i)]),
  );
  return withReplacedCalls(replacements, run);
}

/** Activations of the given layers for a batch. The tensors belong to the caller's tidy. */
export function layerActivations(
  model: LayersModel,
  images: Tensor4D,
  places: readonly PlacedLayer[],
): Tensor4D[] {
  const kept: Tensor[] = [];
  const keep = (output: Tensor, i: number) => {
    // tfjs disposes of a layer's output as soon as the next layer has used it.
    kept[i] = tf.keep(output.clone());
    return output;
  };
  try {
    atLayers(places, keep, () => forward(model, images));
    return kept.map((tensor) => tensor.clone()) as Tensor4D[];
  } finally {
    tf.dispose(kept);
  }
}

/** What one forward and one backward pass give. */
interface Evidence {
  /** `[batch, classes]` */
  logits: Tensor2D;
  /** Outputs of the layers, and the gradients of the score with respect to them. */
  activations: Tensor4D[];
  gradients: Tensor4D[];
}

/**
 * Logits, outputs of layers, and the gradients of a score with respect to these, in one forward and
 * one backward pass. A probe enters behind each layer without changing its output; the backward pass
 * ends there, for any topology. The tensors belong to the caller's tidy.
 */
function evidence(
  model: LayersModel,
  images: Tensor4D,
  targets: Tensor2D,
  places: readonly PlacedLayer[],
  score: ClassScore = logitScore,
): Evidence {
  const kept: Tensor[] = [];
  const keep = (tensor: Tensor) => {
    kept.push(tf.keep(tensor.clone()));
    return kept[kept.length - 1]!;
  };
  const activations: Tensor[] = [];
  const gradients: Tensor[] = [];
  let logits: Tensor | undefined;
  const behind = (i: number) =>
    tf.customGrad((output, probe) => ({
      value: (output as Tensor).clone(),
      gradFunc: (gradient: Tensor) => {
        gradients[i] = keep(gradient);
        return [gradient, tf.zerosLike(probe as Tensor)];
      },
    }));
  const probed = (...probes: Tensor[]) => {
    const probeBehind = (output: Tensor, i: number) => {
      activations[i] = keep(output);
      return behind(i)(output, probes[i]!);
    };
    return atLayers(places, probeBehind, () => {
      const found = forward(model, images);
      logits = keep(found);
      return score(found, targets);
    });
  };
  try {
    const probe = images.slice([0, 0, 0, 0], [1, 1, 1, 1]);
    tf.dispose(tf.grads(probed)(places.map(() => tf.zerosLike(probe))));
    return {
      logits: logits!.clone() as Tensor2D,
      activations: activations.map((tensor) => tensor.clone()) as Tensor4D[],
      gradients: gradients.map((tensor) => tensor.clone()) as Tensor4D[],
    };
  } finally {
    tf.dispose(kept);
  }
}

/**
 * What the methods need of one batch. Each pass through the network is made once, when first
 * needed; the tensors live until `dispose`.
 */
export class Passes {
  /** Milliseconds of passes whose results were reused. */
  saved = 0;
  private activations: Timed<Tensor4D[]> | undefined;
  private evidence: Timed<Evidence> | undefined;

  constructor(
    readonly model: LayersModel,
    readonly images: Tensor4D,
    readonly targets: Tensor2D,
    readonly places: readonly PlacedLayer[],
    /** How many batches of this size there are. */
    private readonly batches = 1,
    /** What `layerEvidence` differentiates. */
    private readonly score: ClassScore = logitScore,
  ) {}

  layerActivations(): Tensor4D[] {
    if (this.activations) this.saved += this.activations.milliseconds;
    this.activations ??= timed(() => layerActivations(this.model, this.images, this.places));
    return this.activations.result;
  }

  layerEvidence(): LayerEvidence[] {
    if (this.evidence) this.saved += this.evidence.milliseconds;
    this.evidence ??= timed(() => this.inOnePass());
    const { result, milliseconds } = this.evidence;
    // A backward pass costs about as much as two forward passes.
    this.activations ??= { result: result.activations, milliseconds: milliseconds / 3 };
    return pairs(result);
  }

  /** As `layerEvidence`, with gradients of another score. */
  evidenceOf(score: ClassScore): LayerEvidence[] {
    const { model, images, targets, places } = this;
    return pairs(evidence(model, images, targets, places, score));
  }

  /** Logits `[batch, classes]`. They belong to the caller's tidy. */
  logits(): Tensor2D {
    const known = this.evidence?.result.logits;
    return known ? known.clone() : logitsOf(this.model, this.images, this.batches);
  }

  private inOnePass(): Evidence {
    const { model, places, score } = this;
    const body = ([images, targets]: readonly Tensor[]) => {
      const found = evidence(model, images as Tensor4D, targets as Tensor2D, places, score);
      return [found.logits, ...found.activations, ...found.gradients];
    };
    const inputs = [this.images, this.targets];
    const [logits, ...rest] = asFunction('evidence', this.batches, body, inputs);
    const gradients = rest.splice(places.length) as Tensor4D[];
    return { logits: logits as Tensor2D, activations: rest as Tensor4D[], gradients };
  }

  dispose(): void {
    const { logits, activations, gradients } = this.evidence?.result ?? {};
    tf.dispose([this.activations?.result, logits, activations, gradients] as TensorContainer);
    this.activations = undefined;
    this.evidence = undefined;
  }
}

function pairs({ activations, gradients }: Evidence): LayerEvidence[] {
  return activations.map((answer, i) => ({ activations: answer, gradients: gradients[i]! }));
}

interface Timed<T> {
  result: T;
  milliseconds: number;
}

/** The result is kept until it is disposed of. */
function timed<T extends object>(pass: () => T): Timed<T> {
  const started = performance.now();
  const result = pass();
  for (const tensor of Object.values(result).flat() as Tensor[]) tf.keep(tensor);
  return { result, milliseconds: performance.now() - started };
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
