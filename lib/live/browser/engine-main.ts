import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../runtime';
import { mapsOf, outputsOf } from '../answer';
import { type Prepared, picturesTensor, prepareNetwork } from '../network';
import { backends, useBackend } from './backends';
import { withPlainConvolutions } from './convolutions';
import type {
  AnswerRequest,
  Backend,
  LoadRequest,
  MapReply,
  Numbered,
  OutputReply,
  Reply,
  Request,
  Trial,
} from './protocol';

// What computes: in a worker, so that the page stays at hand; on the page itself where a browser allows
// no worker. Requests are answered one after the other, in order.

interface Port {
  postMessage(message: object): void;
  onmessage: ((event: { data: Numbered<Request> }) => void) | null;
}

interface Network {
  prepared: Prepared;
  size: readonly [number, number];
}

const networks = new Map<string, Network>();

/** Decided by the first network. */
let chosen: Backend | undefined;

/** As slow as this an answer may be before another backend is looked at. */
const fastEnough = 100;

async function build({ network, weights, size }: LoadRequest): Promise<Network> {
  const model: LayersModel = await tf.loadLayersModel({
    load: async () => ({
      modelTopology: network.topology,
      weightSpecs: network.weightSpecs as never,
      weightData: weights,
    }),
  });
  withPlainConvolutions(model);
  return { prepared: prepareNetwork(model, size), size };
}

function largest(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < wanted.length; i++) {
    const far = Math.abs(found[i]! - wanted[i]!);
    if (!(far <= most)) most = far;
  }
  return most;
}

/** Whether Node's numbers come out, and milliseconds of an answer once everything is warm. */
function tryOut({ prepared, size }: Network, trial: Trial) {
  const images = picturesTensor(trial.pixels, size);
  const methods = ['grad-cam', 'layer-cam'] as const;
  const mapBy = (method: (typeof methods)[number], output: Float32Array) =>
    mapsOf(prepared, images, output, { method, targets: [trial.target] }).maps;
  try {
    const output = outputsOf(prepared, images);
    const far = methods.map((method) => largest(mapBy(method, output), trial.maps[method]));
    const right = Math.max(largest(output, trial.output), ...far) <= trial.tolerance;
    const start = performance.now();
    mapBy('grad-cam', outputsOf(prepared, images));
    return { right, milliseconds: performance.now() - start };
  } catch {
    return { right: false, milliseconds: Number.POSITIVE_INFINITY };
  } finally {
    images.dispose();
  }
}

/** The fastest backend that gives Node's numbers; the fastest one where none does. */
async function choose(request: LoadRequest): Promise<Network> {
  const tried: { backend: Backend; right: boolean; milliseconds: number }[] = [];
  for (const backend of request.backend ? [request.backend] : backends) {
    if (!(await useBackend(backend, request.backend !== null))) continue;
    const network = await build(request);
    const found = tryOut(network, request.trial);
    tried.push({ backend, ...found });
    chosen = backend;
    if (request.backend || (found.right && found.milliseconds <= fastEnough)) return network;
    network.prepared.model.dispose();
    // Plain JavaScript is never faster than the processor's vector unit.
    if (backend === 'wasm' && found.right) break;
  }
  if (tried.length === 0) {
    throw new Error(`tfjs cannot compute here by any of ${backends.join(', ')}`);
  }
  const best = tried.sort(
    (a, b) => Number(b.right) - Number(a.right) || a.milliseconds - b.milliseconds,
  )[0]!;
  chosen = best.backend;
  await useBackend(best.backend, true);
  return build(request);
}

async function load(request: LoadRequest): Promise<Reply> {
  const network = chosen ? await build(request) : await choose(request);
  networks.set(request.network.name, network);
  const images = picturesTensor(request.trial.pixels, network.size);
  outputsOf(network.prepared, images);
  const start = performance.now();
  outputsOf(network.prepared, images);
  const milliseconds = performance.now() - start;
  images.dispose();
  return { kind: 'loaded', backend: chosen!, milliseconds };
}

function answer(request: AnswerRequest, post: (reply: OutputReply) => void): MapReply {
  const { prepared, size } = networks.get(request.name)!;
  const { method, target, patch, stride } = request;
  const start = performance.now();
  const images = picturesTensor(request.pixels, size);
  try {
    const output = outputsOf(prepared, images);
    post({ kind: 'output', output });
    const found =
      method &&
      mapsOf(prepared, images, output, {
        method,
        ...(target === null ? {} : { targets: [target] }),
        ...(patch === null ? {} : { patch }),
        ...(stride === null ? {} : { stride }),
      });
    images.dispose();
    return {
      kind: 'map',
      map: found ? found.maps : null,
      status: found ? found.status[0]! : null,
      target: found ? found.targets[0]! : null,
      milliseconds: performance.now() - start,
      tensors: tf.memory().numTensors,
    };
  } finally {
    images.dispose();
  }
}

const port = ((globalThis as unknown as { gradbookPort?: Port }).gradbookPort ??
  globalThis) as unknown as Port;

let last: Promise<void> = Promise.resolve();
port.onmessage = ({ data }) => {
  const post = (reply: Reply) => port.postMessage({ ...reply, id: data.id });
  last = last.then(async () => {
    try {
      post(data.kind === 'load' ? await load(data) : answer(data, post));
    } catch (error) {
      post({ kind: 'failed', message: (error as Error).message });
    }
  });
};

// The page waits for this, so that it notices where no worker starts.
if (port === (globalThis as unknown)) port.postMessage({ ready: true });
