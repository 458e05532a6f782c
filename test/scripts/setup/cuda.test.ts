import * as assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, it } from 'node:test';
import { inWorkspace } from '../../../lib/runtime';
import {
  cudaLibraries,
  isCudaLinked,
  linkCuda,
  otherWheels,
} from '../../../scripts/setup/cuda.mjs';
import { temporaryFolder } from '../../temporary-folder';

const shelf = inWorkspace('.engine');
const folders = fs.existsSync(shelf) ? fs.readdirSync(shelf) : [];
const build = folders.find(
  (name) => name.startsWith('gpu-') && fs.existsSync(path.join(shelf, name, 'nvidia')),
);
const engine = path.join(shelf, build ?? 'gpu');
const skip = !build && 'the GPU build is not set up';
const python = inWorkspace('.venv/bin/python');
const script = path.join(__dirname, 'cuda_libraries.py');

/** Opens libraries by TensorFlow's own functions; the paths it found, or null. */
function opened(names: readonly string[]): Record<string, string | null> {
  const output = execFileSync(python, [script, engine, ...names], { encoding: 'utf8' });
  return JSON.parse(output);
}

describe('CUDA libraries', () => {
  it('come with the wheels that set-up asks for, and no wheel without a reason', () => {
    const requirements = fs.readFileSync(inWorkspace('scripts/setup/engine-gpu.txt'), 'utf8');
    const asked = [...requirements.matchAll(/^(nvidia-[a-z0-9-]+)==/gm)].map(([, name]) => name!);
    const known = new Set([...cudaLibraries.map(({ wheel }) => wheel), ...otherWheels]);
    assert.deepEqual(asked.sort(), [...known].sort());
    const majors = Object.fromEntries(
      [...requirements.matchAll(/^(nvidia-[a-z0-9-]+)==(\d+)/gm)].map(([, name, major]) => [
        name,
        major,
      ]),
    );
    // The number in a library's name is its ABI: cuDNN's and NCCL's are their major versions.
    assert.equal(majors['nvidia-cudnn-cu12'], '9');
    assert.equal(majors['nvidia-nccl-cu12'], '2');
    assert.equal(majors['nvidia-cufft-cu12'], '11');
    assert.equal(majors['nvidia-cusolver-cu12'], '11');
  });

  it('are linked to where TensorFlow looks, wherever the workspace is moved', () => {
    const root = temporaryFolder('gradbook-cuda');
    try {
      const first = path.join(root, 'first');
      assert.ok(isCudaLinked(first), 'nothing to link');
      for (const folder of ['cusolver', 'cusparse']) {
        fs.mkdirSync(path.join(first, 'nvidia', folder, 'lib'), { recursive: true });
      }
      fs.writeFileSync(path.join(first, 'nvidia/cusolver/lib/libcusolver.so.11'), 'solver');
      assert.ok(!isCudaLinked(first));
      linkCuda(first);
      linkCuda(first);
      const second = path.join(root, 'second');
      fs.renameSync(first, second);
      assert.ok(isCudaLinked(second));
      const link = path.join(second, 'nvidia/cusparse/lib/libcusolver.so.11');
      assert.equal(fs.readFileSync(link, 'utf8'), 'solver');
    } finally {
      fs.rmSync(root, { recursive: true });
    }
  });

  it('are all that TensorFlow has a function for, drivers and what is optional apart', {
    skip,
  }, () => {
    const library = path.join(engine, 'tensorflow', 'libtensorflow_framework.so.2');
    const bytes = fs.readFileSync(library).toString('latin1');
    const openers = [...bytes.matchAll(/N3tsl8internal9DsoLoader\d+Get(\w+?)DsoHandleEv/g)];
    const others = /^(Hip|Roc|Miopen|NvInfer|Nvshmem|Nvml$|CudaDriver$)/;
    const found = new Set(openers.map(([, name]) => name!).filter((name) => !others.test(name)));
    assert.deepEqual([...found].sort(), cudaLibraries.map(({ opener }) => opener).sort());
  });

  it('are found by TensorFlow in the workspace itself, and load', { skip }, () => {
    const found = opened(cudaLibraries.map(({ opener }) => opener));
    for (const { opener, file, folder } of cudaLibraries) {
      const expected = path.join(engine, 'nvidia', folder, 'lib', file);
      assert.equal(found[opener], fs.realpathSync(expected), opener);
    }
  });

  it('are quiet on a machine without a GPU', { skip }, () => {
    const code = `
      const { engineInfo, tf } = require('./lib/runtime');
      require('./lib/ops');
      const y = tf.tidy(() => tf.matMul(tf.ones([2, 3]), tf.ones([3, 2])).dataSync()[0]);
      console.log(y, engineInfo().device);`;
    const { CUDA_VISIBLE_DEVICES, TF_CPP_MIN_LOG_LEVEL, ...env } = process.env;
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '-e', code],
      {
        cwd: inWorkspace(),
        env,
        encoding: 'utf8',
      },
    );
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^3 (CPU|GPU)\n$/);
    assert.equal(stderr, '');
  });
});
