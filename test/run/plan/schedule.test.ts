import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Job, schedule } from '../../../lib/run/plan/schedule';

const job = (name: string, needs: string[] = []): Job => ({ name, needs });

/** Runs jobs and records starts (`+a`) and ends (`-a`). */
async function log(jobs: Job[], slots: number, stop = (_: string[]) => false): Promise<string[]> {
  const lines: string[] = [];
  await schedule(jobs, {
    slots,
    stopped: () => stop(lines),
    run: async ({ name }) => {
      lines.push(`+${name}`);
      for (let i = 0; i < name.charCodeAt(0) % 3; i++) await Promise.resolve();
      await new Promise(setImmediate);
      lines.push(`-${name}`);
    },
  });
  return lines;
}

test('one after the other in their order', async () => {
  assert.deepEqual(await log([job('a'), job('b'), job('c')], 1), '+a -a +b -b +c -c'.split(' '));
});

test('as many at once as there are slots', async () => {
  const lines = await log([job('a'), job('b'), job('c')], 2);
  assert.deepEqual(lines.slice(0, 2), ['+a', '+b']);
  assert.ok(lines.indexOf('+c') > 2);
});

test('each after those it needs, others in parallel', async () => {
  const lines = await log([job('a'), job('b', ['a']), job('c')], 3);
  assert.deepEqual(lines.slice(0, 2), ['+a', '+c']);
  assert.ok(lines.indexOf('+b') > lines.indexOf('-a'));
});

test('in parallel, the longest critical path first; one by one, in their order', async () => {
  const jobs = [
    { ...job('a'), seconds: 5 },
    { ...job('b'), seconds: 3 },
    { ...job('c', ['b']), seconds: 4 },
    job('d'),
    job('e', ['d']),
  ];
  const starts = async (slots: number) =>
    (await log(jobs, slots)).filter((line) => line[0] === '+').join(' ');
  assert.match(await starts(2), /^\+b \+a /);
  assert.equal(await starts(1), '+a +b +c +d +e');
});

test('a stop starts no more and waits for what runs', async () => {
  const lines = await log([job('a'), job('b'), job('c')], 2, (so) => so.length >= 2);
  assert.deepEqual([...lines].sort(), ['+a', '+b', '-a', '-b']);
});

test('a free slot is told while other jobs run, and not where there is none or after a stop', async () => {
  const idles = async (slots: number, stopped = false) => {
    const lines: string[] = [];
    await schedule([job('a'), job('b', ['a']), job('c')], {
      slots,
      stopped: () => stopped && lines.length > 0,
      run: async ({ name }) => {
        lines.push(`+${name}`);
        for (let turn = 0; turn < (name === 'c' ? 9 : 2); turn++) await new Promise(setImmediate);
        lines.push(`-${name}`);
      },
      idle: () => lines.push('idle'),
    });
    return lines.join(' ');
  };
  assert.equal(await idles(2), '+a +c -a +b -b idle -c');
  assert.equal(await idles(3), '+a +c idle -a +b idle -b idle -c');
  assert.equal(await idles(1), '+a -a +b -b +c -c');
  assert.equal(await idles(2, true), '+a -a');
});
