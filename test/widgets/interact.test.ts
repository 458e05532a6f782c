import * as assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  type CommData,
  type DisplayMessage,
  display,
  receiveComm,
  setCommSender,
  setSink,
} from '../../lib/notebook';
import { checkbox, dropdown, interact, slider, textField } from '../../lib/widgets';

interface Sent {
  type: string;
  content: CommData;
  metadata: CommData;
}

let sent: Sent[];
let shown: { text: string; update: boolean; data: DisplayMessage['data'] }[];
beforeEach(() => {
  sent = [];
  shown = [];
  setCommSender((type, content, metadata) => {
    sent.push({ type, content: structuredClone(content), metadata });
  });
  setSink(({ data }, update) => shown.push({ text: data['text/plain'], update, data }));
});
afterEach(() => {
  setCommSender(null);
  setSink(null);
});

const opened = () =>
  sent
    .filter(({ type }) => type === 'comm_open')
    .map(({ content }) => ({
      id: String(content['comm_id']),
      state: (content['data'] as { state: CommData }).state,
    }));
const model = (name: string) => opened().find(({ state }) => state['_model_name'] === name)!;
const choose = (name: string, state: CommData) =>
  receiveComm('comm_msg', { comm_id: model(name).id, data: { method: 'update', state } });

test('a model is opened as ipywidgets 8 does, with layout and style', () => {
  slider(0, 1, { description: 'rate' });
  const { state } = model('FloatSliderModel');
  assert.equal(state['_model_module'], '@jupyter-widgets/controls');
  assert.equal(state['_model_module_version'], '2.0.0');
  assert.equal(state['_view_name'], 'FloatSliderView');
  assert.deepEqual([state['value'], state['min'], state['max'], state['step']], [0.5, 0, 1, 0.01]);
  assert.equal(state['layout'], `IPY_MODEL_${model('LayoutModel').id}`);
  assert.equal(state['style'], `IPY_MODEL_${model('SliderStyleModel').id}`);
  const style = model('SliderStyleModel').state;
  assert.deepEqual(
    [style['_view_module'], style['_view_name']],
    ['@jupyter-widgets/base', 'StyleView'],
  );
  for (const { content, metadata } of sent) {
    assert.equal(content['target_name'], 'jupyter.widget');
    assert.deepEqual(metadata, { version: '2.1.0' });
  }
});

test('a change runs the function again, and its output replaces the last', async () => {
  const control = await interact({ n: slider(1, 9), on: true, kind: ['a', 'b'] }, (values) => {
    display(JSON.stringify(values));
    return values.n > 5 ? 'large' : undefined;
  });
  assert.match(shown[0]!.text, /^n: 5\non: true\nkind: a$/);
  assert.ok('application/vnd.jupyter.widget-view+json' in shown[0]!.data);
  assert.equal(shown[1]!.text, '{"n":5,"on":true,"kind":"a"}');
  shown = [];
  await choose('IntSliderModel', { value: 7 });
  const brief = () => shown.map(({ text, update }) => [text, update]);
  assert.deepEqual(brief(), [
    ['{"n":7,"on":true,"kind":"a"}', true],
    ['large', false],
  ]);
  assert.deepEqual(sent.at(-1)?.content['data'], {
    method: 'echo_update',
    state: { value: 7 },
    buffer_paths: [],
  });
  shown = [];
  await choose('IntSliderModel', { value: 2 });
  await choose('DropdownModel', { index: 1 });
  assert.deepEqual(brief(), [
    ['{"n":2,"on":true,"kind":"a"}', true],
    ['', true],
    ['{"n":2,"on":true,"kind":"b"}', true],
    ['', true],
  ]);
  shown = [];
  await control.set({ on: false });
  assert.deepEqual(control.values, { n: 2, on: false, kind: 'b' });
  assert.deepEqual(shown[0]?.text, 'n: 2\non: false\nkind: b');
  await assert.rejects(control.set({ m: 1 } as never), /no parameter m; there are n, on, kind/);
});

test('a reloaded page gets every state', async () => {
  checkbox(true, 'ready');
  const control = { comm_id: 'c1', target_name: 'jupyter.widget.control', data: {} };
  await receiveComm('comm_open', control);
  await receiveComm('comm_msg', { comm_id: 'c1', data: { method: 'request_states' } });
  const { states } = sent.at(-1)!.content['data'] as { states: Record<string, CommData> };
  const told = states[model('CheckboxModel').id]!;
  assert.deepEqual(
    [told['model_name'], (told['state'] as CommData)['value']],
    ['CheckboxModel', true],
  );
});

test('values that cannot be a control are named in an error', async () => {
  assert.throws(() => slider(1, 1), /slider\(1, 1\): the first number must be below/);
  assert.throws(() => slider(0, 1, { step: 0 }), /step 0 must be above 0/);
  assert.throws(() => slider(0, 1, { value: 2 }), /value 2 must lie between/);
  assert.throws(() => dropdown([]), /no options/);
  assert.throws(() => dropdown({ a: 1 }, 2), /2 is none of a/);
  await assert.rejects(
    interact({ bad: null as never }, () => 1),
    /bad is null; give a control/,
  );
  assert.equal(textField('x').value, 'x');
  assert.equal(dropdown({ small: 10, large: 20 }, 20).value, 20);
});
