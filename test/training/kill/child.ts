// Trains a small network with backups, in a process that may be killed at any moment. Prints a line
// for each batch that is done; leaves its end in `<folder>/end.state`.
import * as path from 'node:path';
import { optimizers } from '../../../lib/ops';
import { Random, setSeed, tf } from '../../../lib/runtime';
import {
  BackupAndRestore,
  Callback,
  CSVLogger,
  EarlyStopping,
  LearningRateScheduler,
  ModelCheckpoint,
  ReduceLROnPlateau,
  train,
} from '../../../lib/training';
import { optimizerState } from '../../../lib/training/optimizer';
import { writeState } from '../../../lib/training/state-file';
import { copyWeights } from '../../../lib/training/weights';
import { smallCnn, stripes } from '../examples';

class Announce extends Callback {
  override onBatchEnd(): void {
    console.log('batch');
  }
}

async function main(folder: string, epochs: number): Promise<void> {
  // Another seed every time: the result must depend on the backup only.
  setSeed(new Random(process.pid).integer(0, 1000));
  const model = smallCnn();
  const fixed = new Random(7);
  for (const weight of model.weights) {
    const values = Float32Array.from({ length: weight.read().size }, () => fixed.normal() / 5);
    weight.write(tf.tensor(values.map(Math.abs), weight.shape as number[]));
  }
  const optimizer = optimizers.adam({ learningRate: 0.01 });
  const history = await train(model, stripes(400), {
    epochs,
    batchSize: 16,
    seed: 5,
    optimizer,
    verbose: 0,
    validationData: stripes(80, 4, 2),
    augment: (batch) => batch.add(tf.randomUniform(batch.shape, -0.1, 0.1)),
    callbacks: [
      new BackupAndRestore({ backupDir: path.join(folder, 'backup'), saveFreq: 3 }),
      new LearningRateScheduler({ schedule: (_, rate) => rate * 0.98 }),
      new ReduceLROnPlateau({ patience: 1, factor: 0.7, cooldown: 1 }),
      new EarlyStopping({ patience: 20, restoreBestWeights: true }),
      new CSVLogger({ filename: path.join(folder, 'log.csv') }),
      new ModelCheckpoint({ filepath: path.join(folder, 'best'), saveBestOnly: true }),
      new Announce(),
    ],
  });
  const { seconds: _, peakMemory: __, peakTensors: ___, ...kept } = history;
  writeState(path.join(folder, 'end.state'), {
    weights: copyWeights(model),
    optimizer: { ...optimizerState(optimizer, model) },
    history: kept,
  });
}

void main(process.argv[2]!, Number(process.argv[3]));
