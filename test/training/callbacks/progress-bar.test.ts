import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EarlyStopping, ProgressBar, train } from '../../../lib/training';
import { smallCnn, stripes } from '../examples';

/** What `work` writes to the standard error, where bars go outside a notebook. */
async function written(work: () => Promise<unknown>): Promise<string> {
  const { stderr } = process;
  const write = stderr.write;
  let text = '';
  stderr.write = ((piece: string) => {
    text += piece;
    return true;
  }) as typeof write;
  try {
    await work();
  } finally {
    stderr.write = write;
  }
  return text;
}

test('a bar shows epoch, loss, metrics and learning rate, and why it ended', async () => {
  const model = smallCnn();
  const options = { epochs: 3, batchSize: 16, seed: 1, label: 'training test' } as const;
  const examples = stripes(32);
  const text = await written(() =>
    train(model, examples, { ...options, validationData: examples }),
  );
  for (const part of ['training test', '3/3', 'loss', 'val_accuracy', 'learning_rate']) {
    assert.ok(text.includes(part), `${part} is missing in ${text}`);
  }
  const stopping = new EarlyStopping({ monitor: 'loss', minDelta: 100, patience: 1 });
  const stopped = await written(() =>
    train(model, examples, { ...options, callbacks: [stopping] }),
  );
  assert.match(stopped, /stopped after epoch 2/);

  const failed = await written(async () => {
    const augment = () => {
      throw new Error('no such flip');
    };
    await assert.rejects(train(model, examples, { ...options, augment }));
  });
  assert.match(failed, /no such flip/);
  const silent = await written(() => train(model, examples, { ...options, verbose: 0 }));
  assert.equal(silent, '');
  const own = await written(() =>
    train(model, examples, { ...options, callbacks: [new ProgressBar('my own')] }),
  );
  assert.ok(own.includes('my own') && !own.includes('training test'));
  model.dispose();
});
