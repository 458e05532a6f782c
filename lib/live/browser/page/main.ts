import type { LiveMethod, LiveNetwork } from '../../types';
import type { Backend } from '../protocol';
import { data, Engine } from './client';
import { Comparison } from './comparison';
import { drawMap, drawMask, drawPicture } from './drawing';
import { Editor } from './editor';
import { byId, bytesText, fillSelect } from './elements';
import { factsOf, makeTable } from './facts';
import { makeBars, showDifferences, showOutput, showTarget, statusText } from './results';
import { Scene } from './scene';
import { Strips } from './strips';

/** Milliseconds that a fine map by occlusion may take. */
const patience = 3000;

const wish = new URLSearchParams(location.search).get('backend');
const engine = new Engine(wish as Backend | null);
const scene = new Scene(data.width, data.height);
const maskNetwork = data.networks.find(({ kind }) => kind === 'mask');

let network = data.networks[0]!;
/** The class that maps explain; null for the surest. */
let target: number | null = null;
/** Milliseconds of one pass of each network that was loaded. */
const passes = new Map<string, number>();
const comparisons = new Map<string, Comparison>();

let running = false;
let again = false;
/** A change makes what is being computed stale. */
let version = 0;

const picture = byId<HTMLCanvasElement>('picture');
const map = byId<HTMLCanvasElement>('map');
const mask = byId<HTMLCanvasElement>('mask');

/** Tells the reader what happens, or what went wrong; an empty text takes it away. */
function say(message: string, kind: 'note' | 'error' = 'note'): void {
  byId('message').textContent = message;
  byId('message').classList.toggle('failed', kind === 'error');
}

function method(): LiveMethod {
  return byId<HTMLSelectElement>('method').value as LiveMethod;
}

/** Draws the scene now, and lets the networks look at it as soon as they are free. */
function changed(): void {
  version++;
  document.body.dataset['version'] = String(version);
  drawPicture(picture, scene.compose());
  byId('picture-name').textContent = scene.title;
  refresh().catch((error: Error) => say(error.message, 'error'));
}

async function refresh(): Promise<void> {
  again = true;
  if (running) return;
  running = true;
  try {
    while (again) {
      again = false;
      await look();
    }
  } finally {
    running = false;
  }
  document.body.dataset['live'] = 'ready';
  await whenIdle();
}

async function ready(one: LiveNetwork): Promise<void> {
  if (passes.has(one.name)) return;
  say(`loading ${one.name}, ${bytesText(one.bytes)}`);
  const { milliseconds, backend } = await engine.load(one);
  passes.set(one.name, milliseconds);
  byId('backend').textContent = backend;
  say('');
}

/** Side of the squares of a quick map by occlusion: a quarter of the image. */
const coarse = Math.round(data.width / 4);

/** Squares of the fine map: those of `explain`, an eighth of the width, half of it apart. */
function fineIsQuick(): boolean {
  const passesOfFine = (2 * 8 - 1) ** 2;
  return passesOfFine * (passes.get(network.name) ?? 0) < patience;
}

/** Shows the scene to the networks. */
async function look(fine = false): Promise<void> {
  const now = network;
  const asked = version;
  await ready(now);
  const pixels = scene.compose();
  const quick = method() === 'occlusion' && !fine;
  const step = quick ? coarse : null;
  const request = { name: now.name, pixels, method: method(), patch: step, stride: step };
  const start = performance.now();
  const {
    map: found,
    status,
    target: explained,
  } = await engine.answer({ ...request, target }, ({ output }) => {
    if (now === network) showOutput(now, output);
  });
  if (now === network && found) {
    drawMap(map, pixels, found);
    showTarget(explained);
    const side = quick ? `squares of ${coarse} pixels` : '';
    byId('map-note').textContent = statusText(status) || side;
  }
  byId('milliseconds').textContent = `${Math.round(performance.now() - start)} ms`;
  if (maskNetwork && !again) await lookForMask(maskNetwork, pixels);
  document.body.dataset['shown'] = String(asked);
}

async function lookForMask(one: LiveNetwork, pixels: Uint8Array): Promise<void> {
  await ready(one);
  const options = { method: null, target: null, patch: null, stride: null };
  await engine.answer({ name: one.name, pixels, ...options }, ({ output }) =>
    drawMask(mask, pixels, output),
  );
}

/** What can wait: the fine map, and the comparison with Node. A change ends it. */
async function whenIdle(): Promise<void> {
  const asked = version;
  const now = network;
  const stop = () => asked !== version || now !== network || running;
  if (method() === 'occlusion' && fineIsQuick()) {
    await new Promise((later) => setTimeout(later, 250));
    if (stop()) return;
    running = true;
    try {
      await look(true);
    } finally {
      running = false;
    }
    if (again) return refresh();
  }
  let comparison = comparisons.get(now.name);
  if (!comparison) {
    comparison = new Comparison(now, engine, !fineIsQuick());
    comparisons.set(now.name, comparison);
  }
  showDifferences(now.name, comparison.found);
  while (!comparison.isDone && !stop()) {
    await comparison.step();
    if (now === network) showDifferences(now.name, comparison.found);
  }
}

async function chooseNetwork(name: string): Promise<void> {
  network = data.networks.find((one) => one.name === name)!;
  target = null;
  choice.value = name;
  byId('about').textContent = factsOf(network);
  const { kind } = network;
  const classes = data.classNames.map((text, index) => [String(index), text] as const);
  const surest = ['', 'the surest'] as const;
  const select = byId<HTMLSelectElement>('target');
  fillSelect(select, kind === 'mask' ? [['', 'the sprite']] : [surest, ...classes]);
  select.value = '';
  select.disabled = kind === 'mask';
  changed();
  await ready(network);
  if (network.name === name) strips.mark(network, engine);
}

function chooseTarget(index: number | null): void {
  target = index;
  byId<HTMLSelectElement>('target').value = index === null ? '' : String(index);
  changed();
}

const choice = byId<HTMLSelectElement>('network');
fillSelect(
  choice,
  data.networks.map(({ name }) => [name, name] as const),
);
const choose = (name: string) =>
  chooseNetwork(name).catch((error: Error) => say(error.message, 'error'));
choice.addEventListener('change', () => choose(choice.value));
makeTable((name) => {
  scrollTo({ top: 0 });
  choose(name);
});
byId('method').addEventListener('change', changed);
byId<HTMLSelectElement>('target').addEventListener('change', (event) => {
  const { value } = event.target as HTMLSelectElement;
  chooseTarget(value === '' ? null : Number(value));
});
makeBars((index) => chooseTarget(index === target ? null : index));
byId('mask-view').hidden = !maskNetwork;
for (const canvas of [picture, map, mask]) {
  canvas.width = data.width;
  canvas.height = data.height;
}
const strips = new Strips(scene, () => {
  changed();
  // On a phone what was chosen from stands far below.
  picture.scrollIntoView({ block: 'nearest' });
});
new Editor(scene, changed, say);
choose(network.name);

// For the browser's console: `await gradbookLive.engine.load(gradbookLive.data.networks[0])`.
Object.assign((globalThis as unknown as { gradbookLive: object }).gradbookLive, { engine });
