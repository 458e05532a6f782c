import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import * as ts from 'typescript';
import * as lib from '../../lib';
import { cnn, mlp, multiLabelCnn, setSeed, transferModel, unet } from '../../lib';
import { inWorkspace, tf } from '../../lib/runtime';

// The networks defined in the notebooks equal those that `lib` builds: layer for layer, with the
// same configuration and, from the same seed, the same initial weights.

interface Cell {
  cell_type: string;
  source: string | string[];
}

/** Runs the cells of a notebook that define its network and gives what `name` is there. */
function defined<T>(notebook: string, name: string, parameters: Record<string, unknown>): T {
  const file = inWorkspace('notebooks', `${notebook}.ipynb`);
  const cells: Cell[] = JSON.parse(fs.readFileSync(file, 'utf8')).cells;
  const sources = cells
    .filter(({ cell_type }) => cell_type === 'code')
    .map(({ source }) => [source].flat().join(''));
  const last = sources.findIndex((source) => source.includes(`const ${name} =`));
  // Only the cells that define layers: neither the imports nor the data.
  const needed = sources
    .slice(0, last + 1)
    .filter((source) => /tf\.(layers|model|sequential)/.test(source));
  const only = (source: string) => source.split(/^setSeed\(/m)[0]!;
  const { outputText } = ts.transpileModule(needed.map(only).join('\n'), {
    compilerOptions: { target: ts.ScriptTarget.ES2022 },
  });
  const scope = { ...lib, tf, ...parameters };
  const names = Object.keys(scope);
  const body = `${outputText}\nreturn ${name};`;
  return new Function(...names, body)(...names.map((key) => scope[key as never])) as T;
}

/** Class and configuration of each layer, without names and without what tfjs fills in. */
function layersOf({ layers }: Pick<tf.LayersModel, 'layers'>): unknown[] {
  return layers
    .filter((layer) => layer.getClassName() !== 'InputLayer')
    .map((layer) => {
      const { name, batchInputShape, dtype, layers, inputLayers, outputLayers, ...config } =
        layer.getConfig() as Record<string, unknown>;
      return { class: layer.getClassName(), output: layer.outputShape, ...config };
    });
}

function sameNetwork(build: () => tf.LayersModel, expected: () => tf.LayersModel): void {
  setSeed(7);
  const ours = build();
  setSeed(7);
  const theirs = expected();
  assert.deepEqual(layersOf(ours), layersOf(theirs));
  const values = (model: tf.LayersModel) => model.weights.map(({ shape }) => shape);
  assert.deepEqual(values(ours), values(theirs));
  ours.weights.forEach((weight, i) => {
    assert.deepEqual(weight.read().dataSync(), theirs.weights[i]!.read().dataSync());
  });
  ours.dispose();
  theirs.dispose();
}

type Build = (name?: string, momentum?: number) => tf.LayersModel;

test('02-cnn defines cnn', () => {
  const build = defined<Build>('02-cnn', 'buildModel', { classes: 10 });
  sameNetwork(
    () => build('cnn', 0.9),
    () => cnn({ momentum: 0.9, dropout: 0.1 }),
  );
});

test('03-multilabel defines multiLabelCnn', () => {
  const build = defined<Build>('03-multilabel', 'buildModel', {
    ...{ blockDropout: 0.05, dropout: 0.1 },
  });
  sameNetwork(
    () => build('cnn', 0.9),
    () => multiLabelCnn({ momentum: 0.9, dropout: 0.1, blockDropout: 0.05 }),
  );
});

test('06-segmentation defines unet', () => {
  const build = defined<Build>('06-segmentation', 'buildModel', { filters: [16, 32, 64] });
  sameNetwork(
    () => build(),
    () => unet({ momentum: 0.9 }),
  );
});

test('01-mlp defines mlp, with its activations inside the dense layers', () => {
  const build = defined<Build>('01-mlp', 'buildModel', { width: 256 });
  setSeed(7);
  const ours = build();
  setSeed(7);
  const theirs = mlp({ units: [256, 128] });
  const images = tf.randomUniform([4, 64, 64, 3], 0, 1, 'float32', 3);
  const [a, b] = [ours, theirs].map((model) => (model.predict(images) as tf.Tensor).dataSync());
  assert.deepEqual(a, b);
  for (const thing of [ours, theirs, images]) thing.dispose();
});

test('04-transfer and 04-transfer-multilabel define transferModel', async () => {
  // A substitute for MobileNet, whose weights are not available in the tests.
  const stand = () =>
    tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 1024, kernelSize: 3, strides: 32, inputShape: [224, 224, 3] }),
      ],
    });
  const head = ({ layers }: tf.LayersModel) => layersOf({ layers: layers.slice(-10) });
  for (const [notebook, task] of [
    ['04-transfer', 'single'],
    ['04-transfer-multilabel', 'multi'],
  ] as const) {
    const build = defined<() => Promise<tf.LayersModel>>(notebook, 'buildModel', {
      ...{ classes: 10, dropout: 0.3, mobileNet: async () => stand() },
    });
    const ours = await build();
    const theirs = await transferModel({ task, weights: null, dropout: 0.3 });
    assert.deepEqual(head(ours), head(theirs));
    assert.ok(ours.layers.find((layer) => 'layers' in layer)!.trainableWeights.length === 0);
    ours.dispose();
    theirs.dispose();
  }
});
