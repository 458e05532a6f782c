// Trains MobileNet for the paper's section 4.1 twice in one run: in this workspace, with the frozen
// part run once, and in Keras as in the paper, with the whole network run in every epoch.
import { spawn } from 'node:child_process';
import * as path from 'node:path';
import * as readline from 'node:readline';
import {
  computeFeatures,
  EarlyStopping,
  engineInfo,
  environment,
  evaluate,
  examplesOf,
  inWorkspace,
  loadPokemon,
  mobileNetRows,
  optimizers,
  ReduceLROnPlateau,
  setSeed,
  splitAtFreeze,
  submodel,
  train,
  transferModel,
  unfreezeLast,
  writeFileAtomic,
} from '../lib';
import { kerasPython } from './bench/keras-environment';
import { compare, type Side } from './bench/transfer-table';
import { commandLine, wrongUsage } from './command-line';

const help = `usage: npm run bench:transfer -- [options]

The frozen and then the fine-tuned MobileNet of section 4.1, in this workspace and in Keras on the
same TensorFlow, one after the other: seconds until an accuracy that both reach, and total times.
Writes reports/bench-transfer.json. Keras takes about two minutes per epoch on two cores, so that the default takes an hour.

  --head-epochs n   largest number of epochs of the frozen network, default 12
  --tune-epochs n   largest number of epochs of the fine-tuned network, default 14
  --examples n      training images, validation included, default 4000
  --seed n          default 1
  --python file     a Python with keras and the same tensorflow-cpu; default: an environment that is
                    made in .engine/keras (about 1 GB, once)
  --help            show this`;

const { values } = commandLine('bench:transfer', {
  options: {
    'head-epochs': { type: 'string', default: '12' },
    'tune-epochs': { type: 'string', default: '14' },
    examples: { type: 'string', default: '4000' },
    seed: { type: 'string', default: '1' },
    python: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});

function whole(name: 'head-epochs' | 'tune-epochs' | 'examples' | 'seed'): number {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= 1) return value;
  return wrongUsage('bench:transfer', `--${name} ${values[name]}: give an integer from 1`);
}

const dropout = 0.3;

type Sets = Awaited<ReturnType<typeof loadPokemon>>;

/** This workspace: features up to the freeze boundary once, then only the trainable layers. */
async function trainHere(sets: Sets): Promise<Side> {
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  const seed = whole('seed');
  setSeed(seed);
  const model = await transferModel({ task: 'single', dropout });
  const labels = {
    train: examplesOf(sets.train).y,
    validation: examplesOf(sets.validation).y,
    test: examplesOf(sets.test).y,
  };
  const names = ['train', 'validation', 'test'] as const;
  const lower = submodel(model, { upTo: 'conv_dw_12_relu' });
  const upper = submodel(model, {
    after: 'conv_dw_12_relu',
    upTo: 'global_average_pooling2d',
  });
  const deep = {} as Record<(typeof names)[number], Awaited<ReturnType<typeof computeFeatures>>>;
  const pooled = {} as typeof deep;
  const compute = async (name: (typeof names)[number]) => {
    const label = `features of ${name}`;
    deep[name] = await computeFeatures(lower, mobileNetRows(sets[name]), { cache: false, label });
    pooled[name] = await computeFeatures(upper, deep[name].rows, { cache: false, label });
  };
  await compute('train');
  await compute('validation');
  const side: Side = { name: 'this workspace', before: elapsed(), phases: [] };
  // Not part of the training time, like Keras's evaluation.
  await compute('test');

  const head = splitAtFreeze(model).trained;
  const examples = (of: typeof deep, name: (typeof names)[number]) => ({
    x: of[name].rows,
    y: labels[name],
  });
  const headHistory = await train(head, examples(pooled, 'train'), {
    epochs: whole('head-epochs'),
    validationData: examples(pooled, 'validation'),
    optimizer: 'adam',
    learningRate: 1e-3,
    seed,
    label: 'training the head',
    callbacks: [
      new ReduceLROnPlateau({ factor: 0.2, patience: 4 }),
      new EarlyStopping({ patience: 10, restoreBestWeights: true }),
    ],
  });
  side.phases.push({
    name: 'frozen',
    seconds: headHistory.seconds,
    accuracies: headHistory.history['val_accuracy']!,
    test: (await evaluate(head, examples(pooled, 'test')))['accuracy']!,
  });

  unfreezeLast(model, 10);
  const tuned = splitAtFreeze(model);
  const tuneHistory = await train(tuned.trained, examples(deep, 'train'), {
    epochs: whole('tune-epochs'),
    validationData: examples(deep, 'validation'),
    optimizer: optimizers.rmsprop({ learningRate: 1e-3 }),
    seed,
    label: `training from ${tuned.boundary}`,
    callbacks: [
      new ReduceLROnPlateau({ factor: 0.2, patience: 2 }),
      new EarlyStopping({ patience: 6, restoreBestWeights: true }),
    ],
  });
  side.phases.push({
    name: 'fine-tuned',
    seconds: tuneHistory.seconds,
    accuracies: tuneHistory.history['val_accuracy']!,
    test: (await evaluate(tuned.trained, examples(deep, 'test')))['accuracy']!,
  });
  return side;
}

interface Line {
  phase: string;
  seconds?: number;
  val_accuracy?: number;
  test_accuracy?: number;
}

/** Keras, as in the paper. */
async function trainInKeras(sets: Sets, python: string): Promise<Side> {
  const child = spawn(python, [inWorkspace('scripts', 'bench', 'keras_transfer.py')], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => {
    complaint = (complaint + text).slice(-2000);
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const primary: number[] = [];
  for (const { rows, primary: types } of Object.values(sets)) {
    for (const [i, row] of rows.entries()) primary[row] = types[i]!;
  }
  child.stdin.end(
    JSON.stringify({
      data: path.join(environment().dataDir, 'data.npz'),
      weights: path.join(environment().cacheDir, 'weights', 'mobilenet_1.00_224'),
      rows: Object.fromEntries(Object.entries(sets).map(([name, set]) => [name, [...set.rows]])),
      primary: Array.from(primary, (type) => type ?? 0),
      headEpochs: whole('head-epochs'),
      tuneEpochs: whole('tune-epochs'),
      dropout,
      seed: whole('seed'),
    }),
  );
  const side: Side = { name: 'Keras, the whole network every epoch', before: 0, phases: [] };
  for await (const text of readline.createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as Line;
    let phase = side.phases.find(({ name }) => name === line.phase);
    if (!phase) {
      phase = { name: line.phase, seconds: [], accuracies: [], test: 0 };
      side.phases.push(phase);
    }
    if (line.test_accuracy !== undefined) phase.test = line.test_accuracy;
    if (line.seconds === undefined || line.val_accuracy === undefined) continue;
    phase.seconds.push(line.seconds);
    phase.accuracies.push(line.val_accuracy);
    const figures = `${line.seconds.toFixed(1)} s  val_accuracy ${line.val_accuracy.toFixed(4)}`;
    console.log(`  Keras, ${line.phase}, epoch ${phase.seconds.length}  ${figures}`);
  }
  if ((await ended) !== 0) throw new Error(`Keras ended early\n${complaint}`);
  return side;
}

async function main(): Promise<void> {
  if (values.help) {
    console.log(help);
    return;
  }
  const info = engineInfo();
  const python = await kerasPython(info.tensorflow, values.python);
  const sets = await loadPokemon({ seed: whole('seed'), examples: whole('examples') });
  const here = await trainHere(sets);
  const keras = await trainInKeras(sets, python);
  const { lines, comparisons } = compare(here, keras);
  console.log(`\n${lines.join('\n')}`);
  const file = inWorkspace('reports', 'bench-transfer.json');
  const report = {
    date: new Date().toISOString(),
    engine: info,
    examples: sets.train.count,
    sides: [here, keras],
    comparisons,
  };
  writeFileAtomic(file, `${JSON.stringify(report, null, 2)}\n`);
  console.log(`\nwritten to ${path.relative(process.cwd(), file)}`);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
