import type { LiveMethod, LiveNetwork } from '../types';

/** What tfjs computes on in a browser. */
export type Backend = 'webgl' | 'wasm' | 'cpu';

/** One image that Node has answered: what a backend is tried with. */
export interface Trial {
  pixels: Uint8Array;
  output: Float32Array;
  /** By Grad-CAM and by LayerCAM, for `target`. */
  maps: Record<'grad-cam' | 'layer-cam', Float32Array>;
  target: number;
  /** Largest difference from Node's numbers that is taken for equal. */
  tolerance: number;
}

/** Loads a network; the first one decides on the backend. */
export interface LoadRequest {
  kind: 'load';
  network: Pick<LiveNetwork, 'name' | 'topology' | 'weightSpecs'>;
  weights: ArrayBuffer;
  size: readonly [number, number];
  trial: Trial;
  /** Takes this backend, whatever it gives. */
  backend: Backend | null;
}

/** Shows an image to a network that was loaded. */
export interface AnswerRequest {
  kind: 'answer';
  name: string;
  pixels: Uint8Array;
  /** null for no map. */
  method: LiveMethod | null;
  /** null for the class that the network is surest of. */
  target: number | null;
  /** Occlusion: side and step of the square; null for those of `explain`. */
  patch: number | null;
  stride: number | null;
}

export type Request = LoadRequest | AnswerRequest;

/** A network is there. */
export interface LoadedReply {
  kind: 'loaded';
  backend: Backend;
  /** Milliseconds of one pass forwards, once warm. */
  milliseconds: number;
}

/** What a network says; `map` follows where one was asked for. */
export interface OutputReply {
  kind: 'output';
  output: Float32Array;
}

/** The end of an answer. */
export interface MapReply {
  kind: 'map';
  map: Float32Array | null;
  status: string | null;
  target: number | null;
  /** Milliseconds of the whole answer. */
  milliseconds: number;
  /** Tensors in memory afterwards. */
  tensors: number;
}

export interface FailedReply {
  kind: 'failed';
  message: string;
}

export type Reply = LoadedReply | OutputReply | MapReply | FailedReply;

/** A message: a request and what answers it have the same number. */
export type Numbered<T> = T & { id: number };
