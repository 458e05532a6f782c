/** What a network answers with: one class per image, several, or a mask. */
export type LiveKind = 'single' | 'multi' | 'mask';

/** The maps that the live page offers, by their names in `explain`. */
export const liveMethods = ['grad-cam', 'layer-cam', 'occlusion'] as const;
export type LiveMethod = (typeof liveMethods)[number];

/** A network as the page loads it; its weights and references are in a file of their own. */
export interface LiveNetwork {
  /** The name given to `saveModel`. */
  name: string;
  /** The notebook that saved it. */
  notebook: string;
  kind: LiveKind;
  /** Whether a notebook of this report saved it; false for one that an earlier run left. */
  fresh: boolean;
  /** What `saveModel` was told about it. */
  metadata: Record<string, string | number | boolean>;
  /** tfjs's `modelTopology`. */
  topology: object;
  /** tfjs's specs of the weights, in the order in which the file holds them. */
  weightSpecs: readonly object[];
  /** Bytes of the weights. */
  bytes: number;
  /** Path of the layer that maps are taken from. */
  layer: string;
  /** How many test images Node ran it on, and how many of them it got wrong; null for masks. */
  tested: number;
  mistakes: number | null;
  /** Mean intersection over union of the masks; null for types. */
  overlap: number | null;
}

/** A network that the page cannot offer, and why. */
export interface MissingNetwork {
  name: string;
  notebook: string;
  reason: string;
}

/** A test image of the page. */
export interface LivePicture {
  name: string;
  /** Index of its class, and of its second one, -1 where there is none. */
  primary: number;
  secondary: number;
}

/** Everything of the page but weights and references. */
export interface LiveData {
  classNames: readonly string[];
  height: number;
  width: number;
  pictures: readonly LivePicture[];
  /** `[images, height, width, 3]`, bytes in base64. */
  pixels: string;
  /** `[images, height, width]`, 1 where the sprite is, in base64; null for a data set without masks. */
  masks: string | null;
  /** The images without their sprites, as `pixels`; null where there are no masks. */
  photos: string | null;
  networks: readonly LiveNetwork[];
  missing: readonly MissingNetwork[];
  /** What made Node's numbers, such as `TensorFlow 2.21.0`. */
  engine: string;
  /** Largest difference from Node's numbers that the page calls equal. */
  tolerance: number;
}

/** What Node computed for the images of the page, by one network. */
export interface LiveReferences {
  /** Outputs of all images, float32 in base64: probabilities, or masks. */
  outputs: string;
  /** Maps of the first images by each method, float32 in base64, for the class in `targets`. */
  maps: Record<LiveMethod, string>;
  /** Classes that each map explains, image by image; as many as there are maps. */
  targets: Record<LiveMethod, number[]>;
}

/** What the page finds in a network's own file. */
export interface LiveFile {
  /** float32 in base64. */
  weights: string;
  references: LiveReferences;
}
