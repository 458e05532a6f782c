import { bytesOf, floatsOf } from '../../base64';
import { type LiveMethod, type LiveNetwork, liveMethods } from '../../types';
import { data, type Engine } from './client';

/** How far the page's numbers lie from Node's, as far as they have been compared. */
export interface Differences {
  outputs: number;
  /** Of Grad-CAM and LayerCAM. */
  maps: number;
  occlusion: number;
  /** Images and maps that were compared, and how many there are. */
  done: number;
  of: number;
}

interface Step {
  picture: number;
  method: LiveMethod | null;
  /** Place among the maps of this method. */
  target: number | null;
}

/** Compares what the page computes with what Node computed, an image and a map at a time. */
export class Comparison {
  readonly found: Differences;
  private readonly steps: Step[];
  private readonly outputs: Float32Array;
  private readonly maps: Record<LiveMethod, Float32Array>;

  /** @param slow leaves out occlusion, which runs the network hundreds of times */
  constructor(
    private readonly network: LiveNetwork,
    private readonly engine: Engine,
    slow: boolean,
  ) {
    const references = engine.references(network.name);
    this.outputs = floatsOf(references.outputs);
    this.maps = {} as Record<LiveMethod, Float32Array>;
    this.steps = data.pictures.map((_, picture) => ({ picture, method: null, target: null }));
    for (const method of liveMethods) {
      this.maps[method] = floatsOf(references.maps[method]);
      if (slow && method === 'occlusion') continue;
      for (const [picture, target] of references.targets[method].entries()) {
        this.steps.push({ picture, method, target });
      }
    }
    this.found = { outputs: 0, maps: 0, occlusion: 0, done: 0, of: this.steps.length };
  }

  get isDone(): boolean {
    return this.found.done === this.found.of;
  }

  /** The next image or map. */
  async step(): Promise<void> {
    const { picture, method, target } = this.steps[this.found.done]!;
    const size = data.height * data.width;
    const pixels = pictureAt(picture);
    const { name } = this.network;
    let output = new Float32Array(0);
    const { map } = await this.engine.answer(
      { name, pixels, method, target, patch: null, stride: null },
      (reply) => {
        output = reply.output as Float32Array<ArrayBuffer>;
      },
    );
    const width = this.outputs.length / data.pictures.length;
    const found = this.found;
    found.outputs = farthest(found.outputs, output, this.outputs.subarray(picture * width));
    if (map && method) {
      const kind = method === 'occlusion' ? 'occlusion' : 'maps';
      found[kind] = farthest(found[kind], map, this.maps[method].subarray(picture * size));
    }
    found.done++;
  }
}

function farthest(most: number, found: Float32Array, wanted: Float32Array): number {
  let far = most;
  for (let i = 0; i < found.length; i++) far = Math.max(far, Math.abs(found[i]! - wanted[i]!));
  return far;
}

const pixels = bytesOf(data.pixels);

/** The bytes of a test image, `[height, width, 3]`. */
export function pictureAt(index: number): Uint8Array {
  const size = data.height * data.width * 3;
  return pixels.slice(index * size, (index + 1) * size);
}
