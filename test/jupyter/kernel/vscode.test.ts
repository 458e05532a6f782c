import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { after, before, test } from 'node:test';
import { inWorkspace } from '../../../lib/runtime';
import { Client } from './client';

// The requests that VS Code's Jupyter extension sends, through @jupyterlab/services, with their fields.

let kernel: Client;
before(async () => {
  kernel = await Client.start();
});
after(() => kernel.stop());

/** As VS Code runs a cell. */
const asCell = { silent: false, store_history: true, allow_stdin: true, stop_on_error: false };
/** As it runs its own silent code. */
const behind = { silent: false, store_history: false, allow_stdin: false, stop_on_error: false };

test('at the start it requests kernel_info and comm_info', async () => {
  const { reply } = await kernel.ask('kernel_info_request', {});
  assert.equal(reply['status'], 'ok');
  const language = reply['language_info'] as Record<string, unknown>;
  // How it selects the language of the cells.
  assert.deepEqual([language['name'], language['file_extension']], ['typescript', '.ts']);
  const comms = await kernel.ask('comm_info_request', { target_name: 'jupyter.widget' });
  assert.deepEqual(comms.reply, { status: 'ok', comms: {} });
});

test('cells run with its fields, and its silent requests are not counted', async () => {
  const first = await kernel.execute('const a = 1;\na + 1', { ...asCell, user_expressions: {} });
  assert.equal(first.reply['execution_count'], 1);
  const own = await kernel.execute('a', behind);
  assert.equal(own.reply['status'], 'ok');
  const second = await kernel.execute('a + 2', asCell);
  assert.equal(second.reply['execution_count'], 2);
  // Magics with which it sets up IPython are answered by an error, and the next cell runs.
  const magic = await kernel.execute('%matplotlib inline', behind);
  assert.equal(magic.reply['status'], 'error');
  assert.equal((await kernel.execute('a', asCell)).reply['status'], 'ok');
});

test('it requests completions and inspection while typing', async () => {
  const completion = { code: 'const text = a.toF', cursor_pos: 18 };
  const { reply } = await kernel.ask('complete_request', completion);
  assert.ok((reply['matches'] as string[]).includes('toFixed'));
  const inspected = await kernel.ask('inspect_request', {
    code: 'a',
    cursor_pos: 1,
    detail_level: 0,
  });
  assert.equal(inspected.reply['found'], true);
  const complete = await kernel.ask('is_complete_request', { code: 'if (a) {' });
  assert.equal(complete.reply['status'], 'incomplete');
});

test('a debug request is an error, an interrupt by message stops a cell, the next one runs', async () => {
  const debug = { seq: 1, type: 'request', command: 'debugInfo', arguments: {} };
  const refused = await kernel.ask('debug_request', debug, 'control');
  assert.equal(refused.reply['status'], 'error');
  const endless = kernel.execute('console.log("on");\nwhile (true) {}', asCell);
  await kernel.printed('on');
  const stop = await kernel.ask('interrupt_request', {}, 'control');
  assert.equal(stop.reply['status'], 'ok');
  assert.equal((await endless).reply['status'], 'error');
  assert.equal((await kernel.execute('a', asCell)).reply['status'], 'ok');
});

test('a restart is replied to before the process ends', async () => {
  const ended = new Promise((resolve) => kernel.process.once('exit', resolve));
  const { reply } = await kernel.ask('shutdown_request', { restart: true }, 'control');
  assert.deepEqual(reply, { status: 'ok', restart: true });
  await ended;
});

test('the settings and recommendations are JSON that VS Code reads', () => {
  const read = (name: string) => JSON.parse(fs.readFileSync(inWorkspace('.vscode', name), 'utf8'));
  assert.ok(read('extensions.json').recommendations.includes('ms-toolsai.jupyter'));
  assert.ok(fs.existsSync(inWorkspace(read('settings.json')['typescript.tsdk'])));
});
