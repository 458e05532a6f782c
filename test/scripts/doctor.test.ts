import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { describe, it } from 'node:test';
import { inWorld } from './setup/world';

const data = ['data.npz', 'labels.csv', 'pokemon_types.txt'];

describe('doctor', () => {
  it('works before the set-up, prints what to do, and exits with 1', () =>
    inWorld(async (world) => {
      const { code, out, err } = await world.run('doctor');
      assert.equal(code, 1);
      assert.equal(err, '');
      assert.match(out, /✗ TensorFlow +missing/);
      assert.match(out, /the notebook kernel is not registered/);
      assert.match(out, /→ run: npm run setup/);
      assert.match(out, /npm run report cannot work yet/);
    }));

  it('reports success after the set-up, with or without weights', () =>
    inWorld(async (world) => {
      await world.setup();
      for (const name of ['jupyterlab-4.6.6', 'papermill-2.7.0']) {
        world.write(`.venv/lib/python3.11/site-packages/${name}.dist-info/METADATA`, '');
      }
      world.write('.venv/pyvenv.cfg', 'home = /usr/bin\nversion = 3.11.7\n');
      for (const name of data) world.write(`data/pokemon/${name}`, 'x');
      world.write('data/pokemon/build.json', '{"seed":1,"count":4500,"size":64}');
      world.fake('npm', 'echo 11.0.0');
      const { code, out } = await world.run('doctor');
      assert.equal(code, 0, out);
      assert.match(out, /Python +3\.11\.7/);
      assert.match(out, /JupyterLab +4\.6\.6/);
      assert.match(out, /TensorFlow +2\.21\.0 on the CPU/);
      assert.match(out, /data set +4500 images of 64×64, seed 1/);
      assert.match(out, /! MobileNet weights +missing/);
    }));

  it('gives the same as JSON', () =>
    inWorld(async (world) => {
      const { code, out } = await world.run('doctor', ['--json']);
      const { ok, checks } = JSON.parse(out);
      assert.equal(code, 1);
      assert.equal(ok, false);
      const names = checks.map(({ name }: { name: string }) => name);
      for (const name of ['Node', 'tfjs', 'TensorFlow', 'tslab', 'JupyterLab', 'GPU', 'kernel']) {
        assert.ok(names.includes(name), name);
      }
    }));

  it('names a GPU that is not used', () =>
    inWorld(async (world) => {
      await world.setup('--engine', 'cpu');
      world.fake('nvidia-smi', "echo 'NVIDIA L4, 23034 MiB, 550.54.15'");
      const { out } = await world.run('doctor');
      assert.match(out, /GPU +NVIDIA L4, 23034 MiB, driver 550\.54\.15/);
      assert.match(out, /TensorFlow does not use it\.\n {2}→ run: npm run setup -- --engine gpu/);
    }));

  it('notices a kernel that points elsewhere', () =>
    inWorld(async (world) => {
      await world.setup();
      const file = world.file('.venv/share/jupyter/kernels/gradbook/kernel.json');
      fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(world.root, '/elsewhere'));
      const { code, out } = await world.run('doctor');
      assert.equal(code, 1);
      assert.match(out, /points to another workspace or another Node/);
    }));
});
