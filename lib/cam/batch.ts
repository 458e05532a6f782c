import type { LayersModel, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../runtime';
import { finerScore } from './methods/class-scores';
import { classWeightMap } from './methods/class-weights';
import { fullGrad } from './methods/full-grad';
import {
  guidedGradient,
  integratedGradients,
  saliency,
  smoothGrad,
} from './methods/input-gradients';
import { firstKernelComponent } from './methods/kernel-projection';
import {
  eachPicture,
  type LayerMethod,
  layerMap,
  layerMethods,
  usesGradients,
} from './methods/layer-methods';
import { ablationCam, occlusion, scoreCam } from './methods/perturbation';
import { relevance } from './methods/relevance';
import { shapleyEvidence } from './methods/shapley';
import { Passes } from './network';
import { type CamMethod, needsLayer, type Settings } from './options';
import { withMirroredRegions } from './regions';
import { fuseMaps, type MapStatus, normalizeMap, oneMap, resizeMaps } from './scale';

type Raw = {
  maps: Float32Array;
  height: number;
  width: number;
  /** Why a map is empty, where the method knows. */
  cause?: MapStatus[];
};

/** Scaled maps of one batch; call it inside a tidy. */
export function explainBatch(
  passes: Passes,
  size: readonly [number, number],
  settings: Settings,
): { maps: Float32Array; status: MapStatus[] } {
  if (!settings.augmentSmooth) return scaledMaps(passes, size, settings);
  const { model, images: batch, targets, places } = passes;
  const images = batch.shape[0];
  const mean = new Float32Array(images * size[0] * size[1]);
  const found: MapStatus[][] = [];
  for (const mirrored of [false, true]) {
    for (const brightness of [0.9, 1, 1.1]) {
      const changed = tf.tidy(() => (mirrored ? batch.reverse(2) : batch).mul(brightness));
      const again = new Passes(model, changed as Tensor4D, targets, places);
      const part = withMirroredRegions(mirrored, () => scaledMaps(again, size, settings));
      again.dispose();
      changed.dispose();
      found.push(part.status);
      addMaps(mean, part.maps, size[1], mirrored, 1 / 6);
    }
  }
  const status = Array.from({ length: images }, (_, image): MapStatus => {
    const states = found.map((row) => row[image]!);
    return states.includes('ok') ? 'ok' : states[0]!;
  });
  return { maps: mean, status };
}

/** Adds weighted maps to a total, mirrored back where they were computed on mirrored images. */
function addMaps(
  total: Float32Array,
  maps: Float32Array,
  width: number,
  mirrored: boolean,
  weight: number,
): void {
  for (let i = 0; i < maps.length; i++) {
    const column = i % width;
    const from = mirrored ? i - column + (width - 1 - column) : i;
    total[i]! += maps[from]! * weight;
  }
}

function scaledMaps(
  passes: Passes,
  size: readonly [number, number],
  settings: Settings,
): { maps: Float32Array; status: MapStatus[] } {
  const { model, images: batch, targets } = passes;
  const images = batch.shape[0];
  const raws = needsLayer(settings.method)
    ? layerRaws(passes, settings)
    : [inputRaw(model, batch, targets, settings)];
  const layers = raws.map((raw) => {
    const pixels = raw.height * raw.width;
    const status = Array.from({ length: images }, (_, image): MapStatus => {
      const found = normalizeMap(oneMap(raw.maps, pixels, image));
      return found === 'no-evidence' ? (raw.cause?.[image] ?? found) : found;
    });
    return { maps: resizeMaps(raw.maps, [images, raw.height, raw.width], size), status };
  });
  const fused = fuseMaps(layers, images);
  if (settings.method === 'guided-grad-cam') return guide(model, batch, targets, fused, size);
  return fused;
}

/** The method that is computed from gradients at layers, if it is one. */
function gradientMethodOf(method: CamMethod): LayerMethod | undefined {
  // Guided Grad-CAM is Grad-CAM times guided backpropagation, whose gradient `guide` computes.
  if (method === 'guided-grad-cam') return 'grad-cam';
  const found = layerMethods.find((name) => name === method);
  return found && usesGradients(found) ? found : undefined;
}

/** Whether a method takes `layerEvidence` of the images as they are, and so the pass that gives their logits. */
export function usesEvidence({ method, augmentSmooth }: Settings): boolean {
  return !augmentSmooth && gradientMethodOf(method) !== undefined;
}

/** Whether it needs nothing else that depends on the classes. */
export function usesEvidenceAlone(settings: Settings): boolean {
  return usesEvidence(settings) && settings.method !== 'guided-grad-cam';
}

function layerRaws(passes: Passes, settings: Settings): Raw[] {
  const { model, images: batch, targets, places } = passes;
  return tf.tidy(() => {
    const { method } = settings;
    if (method === 'finer-cam' || method === 'shapley-cam') {
      return contrastRaws(passes, method, settings);
    }
    const gradientMethod = gradientMethodOf(method);
    if (gradientMethod) {
      return passes.layerEvidence().map((evidence) => {
        const [, height, width] = evidence.activations.shape;
        const maps = layerMap(gradientMethod, evidence, settings.eigenSmooth);
        const cause = causes(evidence.activations, evidence.gradients);
        return { maps, height, width, cause };
      });
    }
    return passes.layerActivations().map((activations, i) => {
      const [, height, width] = activations.shape;
      const place = places[i]!;
      const perturbation = { ...settings, fill: settings.baseline };
      const maps =
        method === 'kpca-cam'
          ? eachPicture(activations, firstKernelComponent)
          : method === 'random'
            ? Float32Array.from({ length: activations.shape[0] * height * width }, () =>
                settings.random.next(),
              )
            : method === 'cam'
              ? classWeightMap(model, place, activations, targets)
              : method === 'score-cam'
                ? host(scoreCam(model, batch, targets, activations, perturbation))
                : method === 'ablation-cam'
                  ? host(ablationCam(model, batch, targets, place, activations, perturbation))
                  : layerMap(
                      method as LayerMethod,
                      { activations, gradients: activations },
                      settings.eigenSmooth,
                    );
      return { maps, height, width, cause: causes(activations) };
    });
  });
}

/** Grad-CAM of another score than the logit. */
function contrastRaws(
  passes: Passes,
  method: 'finer-cam' | 'shapley-cam',
  settings: Settings,
): Raw[] {
  const { targets } = passes;
  const evidence =
    method === 'shapley-cam'
      ? shapleyEvidence(passes)
      : passes.evidenceOf(finerScore(passes.logits(), targets, settings));
  return evidence.map((one) => {
    const [, height, width] = one.activations.shape;
    const maps = layerMap('grad-cam', one, settings.eigenSmooth);
    return { maps, height, width, cause: causes(one.activations, one.gradients) };
  });
}

function host(maps: { dataSync(): unknown }): Float32Array {
  return maps.dataSync() as Float32Array;
}

/** Why a map may be empty: the layer is all zero, or the class does not depend on it. */
function causes(activations: Tensor4D, gradients?: Tensor4D): MapStatus[] {
  return tf.tidy(() => {
    const largest = (tensor: Tensor4D) => tensor.abs().max([1, 2, 3]).dataSync() as Float32Array;
    const alive = largest(activations);
    const pulls = gradients && largest(gradients);
    return Array.from(alive, (value, image): MapStatus => {
      if (value === 0) return 'dead-layer';
      return pulls && pulls[image] === 0 ? 'zero-gradient' : 'no-evidence';
    });
  });
}

function inputRaw(model: LayersModel, batch: Tensor4D, targets: Tensor2D, settings: Settings): Raw {
  const [, height, width] = batch.shape;
  const maps = tf.tidy(() => {
    switch (settings.method) {
      case 'occlusion':
        return host(occlusion(model, batch, targets, { ...settings, fill: settings.baseline }));
      case 'full-grad':
        return fullGrad(model, batch, targets);
      case 'lrp-epsilon':
        return host(relevance(model, batch, targets, 'epsilon').sum(3));
      case 'lrp-z-plus':
        return host(relevance(model, batch, targets, 'z-plus').sum(3));
      case 'saliency':
        return host(saliency(model, batch, targets));
      case 'smooth-grad':
        return host(smoothGrad(model, batch, targets, settings));
      case 'integrated-gradients':
        return host(integratedGradients(model, batch, targets, settings));
      default:
        return host(guidedGradient(model, batch, targets).abs().max(3));
    }
  });
  return { maps, height, width };
}

function guide(
  model: LayersModel,
  batch: Tensor4D,
  targets: Tensor2D,
  layer: { maps: Float32Array; status: MapStatus[] },
  size: readonly [number, number],
): { maps: Float32Array; status: MapStatus[] } {
  const [images, height, width] = batch.shape;
  const fine = tf.tidy(() => host(guidedGradient(model, batch, targets).abs().max(3)));
  const resized = resizeMaps(fine, [images, height, width], size);
  const maps = resized.map((value, i) => value * layer.maps[i]!);
  const pixels = size[0] * size[1];
  const status = layer.status.map((state, image) => {
    const found = normalizeMap(oneMap(maps, pixels, image));
    return state === 'ok' ? found : state;
  });
  return { maps, status };
}
