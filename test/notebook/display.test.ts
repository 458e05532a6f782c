import * as assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { display, html, show } from '../../lib/notebook';
import { encodePng } from '../../lib/notebook/png';
import { tf } from '../../lib/runtime';
import { collectShown } from './shown';

const shown = collectShown();
const data = () => shown[0]!.data;
const figure = { data: [{ y: [1, 2] }], layout: { title: { text: 't' } }, alt: 'two & points' };

test('a figure is plotly JSON, its description for readers without plotly, and no PNG', () => {
  show(figure);
  assert.deepEqual(Object.keys(data()).sort(), [
    'application/vnd.plotly.v1+json',
    'text/html',
    'text/plain',
  ]);
  assert.match(String(data()['text/html']), /two &amp; points/);
  assert.equal(data()['text/plain'], '[figure: two & points]');
});

test('an image at its own size is a PNG with its size', () => {
  const png = encodePng({ width: 40, height: 20, channels: 3, bytes: new Uint8Array(2400) });
  show({ png, width: 40, height: 20, alt: 'black' });
  assert.equal(data()['image/png'], png.toString('base64'));
  assert.deepEqual(shown[0]!.metadata['image/png'], { width: 40, height: 20, alt: 'black' });
});

test('an enlarged image is not smoothed', () => {
  const png = encodePng({ width: 4, height: 4, channels: 1, bytes: new Uint8Array(16) });
  show({ png, width: 64, height: 64, alt: 'black' });
  assert.match(String(data()['text/html']), /image-rendering:pixelated/);
});

test('other values are an error', () => {
  assert.throws(() => show(Promise.resolve(figure) as never), /needs await/);
  const png = new Uint8Array(3);
  assert.throws(() => show({ png, width: 1, height: 1, alt: '' }), /not a PNG/);
});

test('PNG files contain the given pixels', async () => {
  const bytes = Uint8Array.from({ length: 5 * 3 * 3 }, (_, i) => (i * 37) % 256);
  const png = encodePng({ width: 5, height: 3, channels: 3, bytes });
  assert.deepEqual(new Uint8Array(await sharp(png).raw().toBuffer()), bytes);
});

test('plain values are printed', () => {
  display('text');
  display({ a: [1, 2] });
  assert.deepEqual(
    shown.map((message) => message.data['text/plain']),
    ['text', '{ a: [ 1, 2 ] }'],
  );
});

test('tensors: shape, dtype, range and values; none is left', () => {
  const tensor = tf.tensor2d([
    [1, 2],
    [3, 4],
  ]);
  const before = tf.memory().numTensors;
  display(tensor);
  assert.equal(tf.memory().numTensors, before);
  assert.match(data()['text/plain'], /^tensor float32 \[2, 2\], 1 to 4, mean 2\.500\n\[\[1, 2\],/);
  tensor.dispose();
  display(tensor);
  assert.match(shown[1]!.data['text/plain'], /disposed of/);
});

test('tensors of images are shown as images, 0 to 1 and 0 to 255 alike', async () => {
  const pixels = Array.from({ length: 8 * 8 * 3 }, (_, i) => i % 256);
  const pixelsOf = async (message: (typeof shown)[number]) => {
    const found = /base64,([\w+/=]+)/.exec(String(message.data['text/html']))!;
    const raw = await sharp(Buffer.from(found[1]!, 'base64')).raw().toBuffer();
    return [...raw];
  };
  const bytes = tf.tensor3d(pixels, [8, 8, 3], 'int32');
  const floats = bytes.div(255);
  display(bytes);
  display(floats);
  assert.deepEqual(await pixelsOf(shown[0]!), pixels);
  assert.deepEqual(await pixelsOf(shown[1]!), pixels);
  tf.dispose([bytes, floats]);
});

test('a batch of images is shown in a row, at most eight', () => {
  const batch = tf.zeros([12, 16, 16, 1]);
  display(batch);
  batch.dispose();
  assert.match(String(data()['text/html']), /width="1620" height="192" alt="[^"]*first 8"/);
});

test('a model is its summary', () => {
  const model = tf.sequential({
    name: 'small',
    layers: [
      tf.layers.dense({ name: 'a', units: 3, inputShape: [4] }),
      tf.layers.dense({ name: 'b', units: 2 }),
    ],
  });
  model.layers[0]!.trainable = false;
  display(model);
  model.dispose();
  assert.match(data()['text/plain'], /a +Dense +\(any, 3\) +15 +no/);
  assert.match(data()['text/plain'], /23 parameters, 8 trained, 15 not/);
});

test('a DataFrame and a history are tables', () => {
  display({ columns: ['a'], index: [0], values: [[1]], shape: [1, 1] });
  display({ epoch: [0], history: { loss: [1] } });
  for (const message of shown) assert.match(String(message.data['text/html']), /<table>/);
});

test('HTML has a text for terminals', () => {
  html('<table><tr><td>a</td><td>b &amp; c</td></tr></table><p>end</p>');
  assert.equal(data()['text/plain'], 'a  b & c\nend');
});
