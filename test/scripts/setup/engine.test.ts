import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { describe, it } from 'node:test';
import { parseGpus } from '../../../scripts/setup/gpu.mjs';
import { inWorld, type World } from './world';

const card = (driver: string) => `echo 'NVIDIA L4, 23034 MiB, ${driver}'`;

function kind(world: World): string {
  return JSON.parse(fs.readFileSync(world.file('.engine/choice.json'), 'utf8')).kind;
}

describe('engine', () => {
  it('reads the output of nvidia-smi for each GPU', () => {
    assert.deepEqual(parseGpus('NVIDIA L4, 23034 MiB, 550.54.15\nTesla T4, 15360 MiB, 550.54.15'), [
      { name: 'NVIDIA L4', memory: '23034 MiB', driver: '550.54.15' },
      { name: 'Tesla T4', memory: '15360 MiB', driver: '550.54.15' },
    ]);
    assert.deepEqual(parseGpus('No devices were found'), []);
  });

  it('is the one for the GPU where a driver for CUDA 12 is', () =>
    inWorld(async (world) => {
      world.fake('nvidia-smi', card('550.54.15'));
      const { code, out, err } = await world.setup();
      assert.equal(code, 0, err);
      assert.match(out, /TensorFlow 2\.21\.0 \(GPU\).*NVIDIA L4, 23034 MiB/);
      assert.match(world.calls().join('\n'), /pip download .*engine-gpu\.txt/);
      assert.match((await world.setup()).out, /Everything is set up/);
      assert.deepEqual(world.calls(), [], 'the driver is not asked again');
    }));

  it('is the one for the CPU where the driver is too old, with a remark', () =>
    inWorld(async (world) => {
      world.fake('nvidia-smi', card('470.10'));
      const { out } = await world.setup();
      assert.match(out, /\(CPU\).*NVIDIA driver 470\.10 is too old for CUDA 12: 525 or newer/);
    }));

  it('is the one for the CPU where there is a driver and no GPU', () =>
    inWorld(async (world) => {
      world.failing('nvidia-smi', 'No devices were found');
      const { out } = await world.setup();
      assert.match(out, /\(CPU\).*nvidia-smi found no GPU \(No devices were found\)/);
    }));

  it('is chosen again when a driver comes', () =>
    inWorld(async (world) => {
      await world.setup();
      assert.equal(kind(world), 'cpu');
      world.fake('nvidia-smi', card('550.54.15'));
      await world.setup();
      assert.equal(kind(world), 'gpu');
    }));

  it('stays what was asked for until something else is', () =>
    inWorld(async (world) => {
      world.fake('nvidia-smi', card('550.54.15'));
      await world.setup('--engine', 'cpu');
      await world.setup();
      assert.equal(kind(world), 'cpu');
      await world.setup('--engine', 'auto');
      assert.equal(kind(world), 'gpu');
      await world.run('setup', [], { GRADBOOK_ENGINE: 'cpu' });
      assert.equal(kind(world), 'cpu');
    }));
});
