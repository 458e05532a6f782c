import * as assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { inWorkspace } from '../../../lib/runtime';
import { temporaryFolder } from '../../temporary-folder';
import { Client } from './client';

/** Resolves when the process is gone; fails after ten seconds. */
async function gone(pid: number): Promise<void> {
  for (let i = 0; i < 100; i++) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((next) => setTimeout(next, 100));
  }
  throw new Error(`process ${pid} is still there`);
}

test('shutdown is replied to and ends the process', async () => {
  const kernel = await Client.start();
  const { reply } = await kernel.ask('shutdown_request', { restart: false }, 'control');
  assert.deepEqual(reply, { status: 'ok', restart: false });
  await gone(kernel.process.pid!);
  await kernel.stop();
});

test('a cell that calls process.exit fails with that message, and the kernel ends with its code', async () => {
  for (const [code, stated, exitCode] of [
    ["console.log('before');\ntry { process.exit(0); } catch {}\nconsole.log('after');", '0', 0],
    ['const a = 1;\nawait null; process.exit(3);', '3', 3],
  ] as const) {
    const kernel = await Client.start();
    const ended = new Promise((resolve) =>
      kernel.process.once('exit', (status, signal) => resolve([status, signal])),
    );
    const { reply, outputs, text } = await kernel.execute(code);
    assert.equal(reply['status'], 'error');
    assert.equal(reply['ename'], 'KernelExit');
    assert.equal(reply['evalue'], `the cell ended the kernel by process.exit(${stated})`);
    assert.match((reply['traceback'] as string[]).join('\n'), /cell 1, line 2:/);
    assert.equal(outputs.filter(({ type }) => type === 'error').length, 1);
    assert.equal(text, stated === '0' ? 'before\n' : '');
    assert.deepEqual(await ended, [exitCode, null]);
    await kernel.stop();
  }
});

test('shutdown and other requests are replied to during an endless loop', async () => {
  const kernel = await Client.start();
  void kernel.execute("console.log('ready'); while (true) {}");
  await kernel.printed('ready');
  assert.equal((await kernel.ask('kernel_info_request', {}, 'control')).reply['status'], 'ok');
  assert.equal((await kernel.ask('shutdown_request', {}, 'control')).reply['status'], 'ok');
  await gone(kernel.process.pid!);
  await kernel.stop();
});

test('the kernel ends when its parent process is killed', async () => {
  const folder = temporaryFolder('gb-orphan');
  const connection = { transport: 'ipc', ip: path.join(folder, 'k'), key: '' };
  const ports = { shell_port: 1, iopub_port: 2, control_port: 3, stdin_port: 4, hb_port: 5 };
  fs.writeFileSync(path.join(folder, 'c.json'), JSON.stringify({ ...connection, ...ports }));
  const start = inWorkspace('lib/jupyter/kernel/start.cjs');
  const code = `
    const child = require('node:child_process').spawn(process.execPath,
      [${JSON.stringify(start)}, ${JSON.stringify(path.join(folder, 'c.json'))}], { stdio: 'ignore' });
    console.log(child.pid);
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)));
  // Until its sockets exist it may not watch its parent yet.
  while (!fs.existsSync(path.join(folder, 'k-2'))) {
    await new Promise((next) => setTimeout(next, 50));
  }
  parent.kill('SIGKILL');
  await gone(pid);
  fs.rmSync(folder, { recursive: true });
});

test('a kernel that cannot bind its sockets ends with an error', async () => {
  const file = path.join(temporaryFolder('gb-bind'), 'c.json');
  const ports = { shell_port: 1, iopub_port: 2, control_port: 3, stdin_port: 4, hb_port: 5 };
  const connection = { transport: 'ipc', ip: '/nowhere/at/all/k', key: '', ...ports };
  fs.writeFileSync(file, JSON.stringify(connection));
  const start = inWorkspace('lib/jupyter/kernel/start.cjs');
  const kernel = spawn(process.execPath, [start, file], { stdio: 'ignore' });
  assert.equal(await new Promise((resolve) => kernel.once('exit', resolve)), 1);
});
