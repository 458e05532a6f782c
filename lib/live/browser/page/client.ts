import { bytesOf, floatsOf } from '../../base64';
import type { LiveData, LiveFile, LiveNetwork, LiveReferences } from '../../types';
import type {
  AnswerRequest,
  Backend,
  LoadedReply,
  MapReply,
  Numbered,
  OutputReply,
  Reply,
  Request,
} from '../protocol';

/** What the page's scripts leave behind for one another. */
interface Globals {
  gradbookLive: { data: LiveData } & Record<string, unknown>;
  /** The script of the engine, which runs in a worker. */
  gradbookEngine?: () => void;
  gradbookPort?: MessagePort;
}
const globals = globalThis as unknown as Globals;

/** What the report wrote into `data.js`. */
export const data: LiveData = globals.gradbookLive.data;

interface Waiting {
  output?: ((reply: OutputReply) => void) | undefined;
  done(reply: Reply): void;
  failed(error: Error): void;
}

interface Port {
  postMessage(message: object, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

/** The networks, in a worker; loaded when they are first wanted. */
export class Engine {
  private port: Promise<Port> | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private readonly loading = new Map<string, Promise<LoadedReply>>();
  private readonly known = new Map<string, LiveReferences>();
  private count = 0;

  /** @param backend computes on this one, whatever it gives; null to choose */
  constructor(private readonly backend: Backend | null) {}

  /** Loads a network once. */
  load(network: LiveNetwork): Promise<LoadedReply> {
    const { name } = network;
    const started = this.loading.get(name) ?? this.loadNow(network);
    this.loading.set(name, started);
    started.catch(() => this.loading.delete(name));
    return started;
  }

  /** What Node computed, of a network that was loaded. */
  references(name: string): LiveReferences {
    return this.known.get(name)!;
  }

  /**
   * Shows an image to a network that was loaded.
   *
   * @param output is called with the output before the map is computed
   */
  answer(
    request: Omit<AnswerRequest, 'kind'>,
    output?: (reply: OutputReply) => void,
  ): Promise<MapReply> {
    return this.ask({ kind: 'answer', ...request }, output) as Promise<MapReply>;
  }

  private async loadNow(network: LiveNetwork): Promise<LoadedReply> {
    const key = `network ${network.name}`;
    await addScript(`try/network-${network.name}.js`);
    const { weights, references } = globals.gradbookLive[key] as LiveFile;
    // Megabytes of text that nobody needs again.
    delete globals.gradbookLive[key];
    this.known.set(network.name, references);
    const outputs = floatsOf(references.outputs);
    const pixels = data.height * data.width;
    const trial = {
      pixels: bytesOf(data.pixels).subarray(0, pixels * 3),
      output: outputs.subarray(0, outputs.length / data.pictures.length),
      maps: {
        'grad-cam': floatsOf(references.maps['grad-cam']).subarray(0, pixels),
        'layer-cam': floatsOf(references.maps['layer-cam']).subarray(0, pixels),
      },
      target: references.targets['grad-cam'][0] ?? 0,
      tolerance: data.tolerance,
    };
    const { name, topology, weightSpecs } = network;
    const request: Request = {
      ...{ kind: 'load', network: { name, topology, weightSpecs }, trial },
      ...{ weights: bytesOf(weights).buffer, size: [data.height, data.width] },
      backend: this.backend,
    };
    return (await this.ask(request)) as LoadedReply;
  }

  private async ask(request: Request, output?: Waiting['output']): Promise<Reply> {
    this.port ??= this.start();
    const port = await this.port;
    const id = ++this.count;
    return new Promise((done, failed) => {
      this.waiting.set(id, { output, done, failed });
      port.postMessage({ ...request, id });
    });
  }

  /** The engine in a worker; where a browser allows none, on the page. */
  private async start(): Promise<Port> {
    await addScript('try/engine.js');
    const run = globals.gradbookEngine!;
    let port: Port;
    try {
      const file = new Blob([`(${run})();`], { type: 'text/javascript' });
      const worker = new Worker(URL.createObjectURL(file));
      await new Promise<void>((ready, refused) => {
        worker.onmessage = () => ready();
        worker.onerror = (event) => refused(new Error(event.message));
      });
      port = worker;
    } catch {
      const channel = new MessageChannel();
      globals.gradbookPort = channel.port1;
      port = channel.port2;
      run();
    }
    port.onmessage = ({ data: reply }) => this.take(reply as Numbered<Reply>);
    return port;
  }

  private take(reply: Numbered<Reply>): void {
    const waiting = this.waiting.get(reply.id);
    if (reply.kind === 'output') {
      waiting?.output?.(reply);
      return;
    }
    this.waiting.delete(reply.id);
    if (reply.kind === 'failed') waiting?.failed(new Error(reply.message));
    else waiting?.done(reply);
  }
}

const added = new Map<string, Promise<void>>();

/** A script beside the page: the one way to read a file of a page that was opened as a file. */
function addScript(file: string): Promise<void> {
  const before = added.get(file);
  if (before) return before;
  const loaded = new Promise<void>((done, failed) => {
    const script = document.createElement('script');
    script.src = file;
    script.onload = () => done();
    script.onerror = () => failed(new Error(`${file} is missing beside the page`));
    document.head.append(script);
  });
  added.set(file, loaded);
  loaded.catch(() => added.delete(file));
  return loaded;
}
