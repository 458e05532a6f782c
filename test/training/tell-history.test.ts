import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { type DisplayMessage, eventMime, intercept, setSink } from '../../lib/notebook';
import { Events } from '../../lib/run/execute/events';
import { tf } from '../../lib/runtime';
import { train } from '../../lib/training';

const sent: [DisplayMessage, boolean][] = [];

afterEach(() => {
  setSink(null);
  delete process.env['GRADBOOK_PROFILE'];
  sent.length = 0;
});

async function trainALine(learningRate = 0.01) {
  setSink((message, update) => sent.push([message, update]));
  const model = tf.sequential({
    name: 'line',
    layers: [tf.layers.dense({ units: 1, inputShape: [1] })],
  });
  const x = { shape: [4, 1], values: Float32Array.of(0, 1, 2, 3) };
  const loss = 'meanSquaredError';
  const options = { epochs: 3, verbose: 0, loss, optimizer: 'sgd', learningRate } as const;
  return train(model, { x, y: x }, options);
}

test('a headless run hears of each training, and nothing is shown', async () => {
  process.env['GRADBOOK_PROFILE'] = 'smoke';
  const { history } = await trainALine();
  assert.equal(sent.length, 1);
  const [message, update] = sent[0]!;
  assert.equal(update, true);
  assert.match(message.transient.display_id!, /^gradbook-training-/);
  const events = new Events();
  const header = { msg_type: 'update_display_data' };
  events.take({ header, content: message } as unknown as Parameters<Events['take']>[0]);
  const [training, ...others] = events.allTrainings();
  assert.deepEqual(others, []);
  assert.equal(training!.name, 'line');
  assert.deepEqual(training!.epochs, [0, 1, 2]);
  assert.equal(training!.seconds.length, 3);
  assert.deepEqual(training!.history, history);
});

test('what is no finite number travels as null', async () => {
  process.env['GRADBOOK_PROFILE'] = 'smoke';
  const { history } = await trainALine(1e30);
  const bad = history['loss']!.map((loss) => !Number.isFinite(loss));
  assert.ok(bad.includes(true));
  const event = sent[0]![0].data[eventMime] as { history: { loss: (number | null)[] } };
  assert.deepEqual(
    event.history.loss.map((loss) => loss === null),
    bad,
  );
});

test('JupyterLab and what is intercepted hear nothing', async () => {
  await trainALine();
  process.env['GRADBOOK_PROFILE'] = 'smoke';
  await intercept(
    () => assert.fail('nothing is shown'),
    () => trainALine(),
  );
  assert.deepEqual(sent, []);
});
