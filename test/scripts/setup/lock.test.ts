import * as assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, it } from 'node:test';
import { inWorkspace } from '../../../lib/runtime';
import { holderOf, takeLock } from '../../../scripts/setup/lock.mjs';
import { temporaryFolder } from '../../temporary-folder';
import { finished } from './world';

const noProcess = 2 ** 22 + 1; // above the highest number Linux gives

async function withFile(test: (file: string) => Promise<void>): Promise<void> {
  const folder = temporaryFolder('gradbook-lock');
  try {
    await test(path.join(folder, 'deeper', 'lock'));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function put(file: string, content: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
}

describe('lock', () => {
  it('names its holder until it is released', () =>
    withFile(async (file) => {
      const lock = await takeLock(file);
      assert.equal(holderOf(file), process.pid);
      lock.release();
      assert.equal(holderOf(file), undefined);
      assert.deepEqual(fs.readdirSync(path.dirname(file)), []);
    }));

  it("makes others wait, and gives them the holder's id", () =>
    withFile(async (file) => {
      const first = await takeLock(file);
      const told: number[] = [];
      const second = takeLock(file, { onWait: (pid) => told.push(pid), interval: 10 });
      await new Promise((resolve) => setTimeout(resolve, 80));
      assert.deepEqual(told, [process.pid]);
      first.release();
      (await second).release();
    }));

  it('times out', () =>
    withFile(async (file) => {
      const lock = await takeLock(file);
      await assert.rejects(takeLock(file, { patience: 30, interval: 10 }), /too long/);
      lock.release();
    }));

  for (const [what, content] of [
    ['a process that is gone', JSON.stringify({ pid: noProcess, start: '1' })],
    ['an earlier process of the same number', JSON.stringify({ pid: process.pid, start: '1' })],
    ['nobody, half-written', '{"pid":'],
    ['nobody, empty', ''],
  ] as const) {
    it(`is taken from ${what}`, () =>
      withFile(async (file) => {
        put(file, content);
        const lock = await takeLock(file, { patience: 5_000 });
        assert.equal(holderOf(file), process.pid);
        lock.release();
      }));
  }

  it('is held by a child process of a holder that is gone', () =>
    withFile(async (file) => {
      const children = [{ pid: noProcess, start: '1' }, { pid: process.pid }];
      put(file, JSON.stringify({ pid: noProcess, start: '1', children }));
      assert.equal(holderOf(file), process.pid);
    }));

  it('admits one process at a time, also after a stale lock', () =>
    withFile(async (file) => {
      put(file, JSON.stringify({ pid: noProcess, start: '1' }));
      const module = JSON.stringify(inWorkspace('scripts/setup/lock.mjs'));
      const program = `
        import { appendFileSync } from 'node:fs';
        import { takeLock } from ${module};
        for (let i = 0; i < 5; i++) {
          const lock = await takeLock(${JSON.stringify(file)}, { interval: 3 });
          appendFileSync(${JSON.stringify(`${file}.log`)}, 'in\\n');
          await new Promise((resolve) => setTimeout(resolve, 5));
          appendFileSync(${JSON.stringify(`${file}.log`)}, 'out\\n');
          lock.release();
        }`;
      const runs = Array.from({ length: 4 }, () =>
        finished(spawn(process.execPath, ['--input-type=module', '-e', program])),
      );
      for (const { code, err } of await Promise.all(runs)) assert.equal(code, 0, err);
      assert.equal(fs.readFileSync(`${file}.log`, 'utf8'), 'in\nout\n'.repeat(20));
    }));
});
