import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { before, test } from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import sharp from 'sharp';
import { mobileNet, submodel, summarize, weightFolder } from '../../lib/models';
import { chainOf } from '../../lib/models/submodel';
import { tf } from '../../lib/runtime';

interface Fixture {
  layers: {
    name: string;
    className: string;
    shape: number[];
    params: number;
    mean: number;
    deviation: number;
    samples: number[];
  }[];
  top: Record<string, { classes: number[]; probabilities: number[] }>;
}
const fixtures = path.join(__dirname, 'fixtures');
const fixture: Fixture = JSON.parse(fs.readFileSync(path.join(fixtures, 'mobilenet.json'), 'utf8'));
const skip = fs.existsSync(weightFolder()) ? false : 'set-up has not fetched the weights';

before(() => tf.ready());

async function photo(file: string): Promise<Tensor> {
  const { data, info } = await sharp(path.join(fixtures, 'photos', file))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const values = Float32Array.from(data, (value) => value / 127.5 - 1);
  return tf.tensor(values, [1, info.height, info.width, 3]);
}

/** The sample positions of NumPy's `linspace(0, size - 1, n).astype(int)`. */
function sampleAt(values: ArrayLike<number>, samples: number): number[] {
  const step = (values.length - 1) / (samples - 1);
  return Array.from({ length: samples }, (_, i) =>
    i === samples - 1 ? values[values.length - 1]! : values[Math.floor(i * step)]!,
  );
}

test('layers, names and parameters are those of Keras', async () => {
  const model = await mobileNet({ weights: null, includeTop: true });
  // tfjs's pooling cannot keep its dimensions, so there is one reshape before Keras's top.
  const rows = summarize(model).rows.filter(({ name }) => name !== 'reshape_1');
  assert.deepEqual(
    rows.map(({ name, className, params }) => ({ name, className, params })),
    fixture.layers.map(({ name, className, params }) => ({ name, className, params })),
  );
  model.dispose();
  const without = await mobileNet({ weights: null });
  assert.equal(without.countParams(), 3_228_864);
  assert.deepEqual(without.outputs[0]!.shape, [null, 7, 7, 1024]);
  without.dispose();
});

test("every layer's output equals Keras's for the same image", { skip }, async () => {
  const tensors = tf.memory().numTensors;
  const model = await mobileNet({ includeTop: true });
  let x = await photo('chelsea.png');
  for (const layer of chainOf(model)) {
    const input = x;
    const next = tf.tidy(() => layer.apply(input) as Tensor);
    x.dispose();
    x = next;
    const expected = fixture.layers.find(({ name }) => name === layer.name);
    if (!expected) continue;
    const values: Float32Array = (await x.data()) as Float32Array;
    const samples = sampleAt(values, expected.samples.length);
    const difference = Math.max(...samples.map((v, i) => Math.abs(v - expected.samples[i]!)));
    assert.ok(difference < 1e-4, `${layer.name} differs by ${difference}`);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    assert.ok(Math.abs(mean - expected.mean) < 1e-5, `${layer.name} has mean ${mean}`);
  }
  x.dispose();
  model.dispose();
  assert.equal(tf.memory().numTensors, tensors);
});

test('a submodel gives the same outputs as the whole network', { skip }, async () => {
  const model = await mobileNet();
  const x = await photo('coffee.jpg');
  const whole = model.predict(x) as Tensor;
  const first = submodel(model, { upTo: 'conv_dw_12_relu' });
  const second = submodel(model, { after: 'conv_dw_12_relu' });
  const cut = second.predict(first.predict(x) as Tensor) as Tensor;
  assert.deepEqual(await cut.data(), await whole.data());
});

for (const [name, file] of [
  ['chelsea', 'chelsea.png'],
  ['coffee', 'coffee.jpg'],
  ['rocket', 'rocket.jpg'],
] as const) {
  test(`the five most probable ImageNet classes of ${file} are Keras's`, { skip }, async () => {
    const model = await mobileNet({ includeTop: true });
    const probabilities = await (model.predict(await photo(file)) as Tensor).data();
    const order = Array.from(probabilities.keys()).sort(
      (a, b) => probabilities[b]! - probabilities[a]!,
    );
    const { classes, probabilities: expected } = fixture.top[name]!;
    assert.deepEqual(order.slice(0, 5), classes);
    // JPEG decoders differ by 1 of 255, so the tolerance is above 1e-4.
    classes.forEach((index, i) => {
      assert.ok(Math.abs(probabilities[index]! - expected[i]!) < 2e-3);
    });
  });
}
