import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { finished, inWorld, type World } from './world';

const kernelFile = '.venv/share/jupyter/kernels/gradbook/kernel.json';

/** A workspace in which the set-up is done. */
function afterSetup(test: (world: World) => Promise<void>): Promise<void> {
  return inWorld(async (world) => {
    const first = await world.setup();
    assert.equal(first.code, 0, first.err);
    world.calls();
    await test(world);
  });
}

/** The names of the commands in their order, without arguments. */
function names(calls: string[]): string[] {
  return calls.map((call) => call.split(' ')[0]!);
}

/** The calls of npm among those of steps that run at the same time. */
function ofNpm(calls: string[]): string[] {
  return calls.filter((call) => call.startsWith('npm '));
}

/** A shell command that waits for a file in the workspace. */
function waitFor(file: string): string {
  return `while [ ! -e ${file} ]; do sleep 0.05; done`;
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 600 && !condition(); i++) await sleep(50);
  assert.ok(condition(), 'it did not happen within 30 s');
}

describe('setup', () => {
  it('does every step in a fresh clone, and none the next time', () =>
    inWorld(async (world) => {
      const first = await world.setup();
      assert.equal(first.code, 0, first.err);
      for (const step of ['npm packages', 'Python environment', 'TensorFlow 2.21.0 (CPU)']) {
        assert.match(first.out, new RegExp(`✓ ${step.replace(/[().]/g, '\\$&')} +\\d+\\.\\d s`));
      }
      assert.match(first.out, /Ready in \d/);
      assert.ok(!first.out.includes('\u001b'), 'no colours outside a terminal');
      const calls = world.calls();
      assert.deepEqual(
        names(calls).sort(),
        ['g++', 'npm', 'npm', 'python3', 'python3', 'python3', 'python3'],
        calls.join('\n'),
      );
      assert.equal(names(calls).at(-1), 'g++', 'compiles after the downloads');
      assert.match(ofNpm(calls)[1]!, /^npm ci --ignore-scripts/);
      for (const pip of calls.filter((call) => call.includes('-m pip'))) {
        assert.match(pip, /--no-deps --only-binary=:all: --require-hashes/);
      }

      const second = await world.setup();
      assert.equal(second.code, 0);
      assert.match(second.out, /Everything is set up/);
      assert.deepEqual(world.calls(), []);
    }));

  it('writes a kernel specification that starts this workspace with this Node', () =>
    afterSetup(async (world) => {
      const spec = JSON.parse(fs.readFileSync(world.file(kernelFile), 'utf8'));
      assert.deepEqual(spec, {
        argv: [
          process.execPath,
          '--no-force-async-hooks-checks',
          world.file('lib/jupyter/kernel/start.cjs'),
          '{connection_file}',
        ],
        display_name: 'TypeScript (gradbook)',
        language: 'typescript',
        env: { MALLOC_ARENA_MAX: '1' },
        interrupt_mode: 'message',
      });
    }));

  it('installs npm packages again after a changed lockfile, and compiles what that removed', () =>
    afterSetup(async (world) => {
      world.write('package-lock.json', '{"changed":true}');
      await world.setup();
      assert.deepEqual(names(world.calls()), ['npm', 'npm']);
    }));

  it('makes the Python environment again after a changed lock, and the kernel in it', () =>
    afterSetup(async (world) => {
      world.write('scripts/setup/requirements.txt', 'other==1.0\n');
      await world.setup();
      const calls = world.calls();
      assert.deepEqual(names(calls), ['python3', 'python3']);
      assert.match(calls[0]!, /-m venv/);
      assert.ok(fs.existsSync(world.file(kernelFile)));
    }));

  it('repairs half-written stamps', () =>
    afterSetup(async (world) => {
      const stamp = world.file('node_modules/.gradbook.json');
      fs.writeFileSync(stamp, fs.readFileSync(stamp, 'utf8').slice(0, 20));
      const { code } = await world.setup();
      assert.equal(code, 0);
      assert.deepEqual(names(world.calls()), ['npm', 'npm']);
    }));

  it('downloads a truncated library again, and compiles against it', () =>
    afterSetup(async (world) => {
      const library = world.file('.engine/cpu-2.21.0/tensorflow/libtensorflow_cc.so.2');
      fs.truncateSync(library, 1);
      await world.setup();
      assert.equal(fs.readFileSync(library, 'utf8'), 'cc\n');
      assert.match(world.calls().join('\n'), /pip download/);
    }));

  it('compiles again for another compiler', () =>
    afterSetup(async (world) => {
      world.fake('g++', `true;${' '.repeat(9)}for last; do true; done; echo other > "$last"`);
      await world.setup();
      assert.deepEqual(names(world.calls()), ['g++']);
    }));

  it('keeps a working binding when the compiler is missing', () =>
    afterSetup(async (world) => {
      world.without('g++');
      const { code, out } = await world.setup();
      assert.equal(code, 0);
      assert.match(out, /Everything is set up/);
    }));

  it('repairs the environment and the kernel after a move', () =>
    afterSetup(async (world) => {
      world.move();
      await world.setup();
      const calls = world.calls().join('\n');
      assert.match(calls, /-m venv/);
      assert.doesNotMatch(calls, /npm|g\+\+|pip download/);
      assert.match(fs.readFileSync(world.file(kernelFile), 'utf8'), /-moved\/lib\/jupyter\/kernel/);
    }));

  it('repeats a step that was killed', () =>
    inWorld(async (world) => {
      world.fake(
        'npm',
        '[ "$1" = ci ] || exit 0; mkdir -p node_modules/tslab; echo > started; exec sleep 30',
      );
      const child = world.start('setup');
      const end = finished(child);
      await until(() => fs.existsSync(world.file('started')));
      child.kill('SIGTERM');
      const { code, err } = await end;
      assert.equal(code, 130);
      assert.match(err, /the next call continues from here/);
      assert.ok(!fs.existsSync(world.file('.cache/setup/lock')));
      world.restore('npm');
      world.calls();
      assert.equal((await world.setup()).code, 0);
      assert.match(ofNpm(world.calls())[1]!, /^npm ci/);
    }));

  it('waits for the command of a set-up that was killed', () =>
    inWorld(async (world) => {
      const wait = 'while [ ! -e go ]; do sleep 0.1; done';
      world.fake('npm', `[ "$1" = ci ] || exit 0; echo > started; ${wait}; echo > ended`);
      const child = world.start('setup');
      const end = finished(child);
      await until(() => fs.existsSync(world.file('started')));
      const lock = world.file('.cache/setup/lock');
      await until(() => JSON.parse(fs.readFileSync(lock, 'utf8')).children.length > 0);
      child.kill('SIGKILL');
      world.restore('npm');
      const next = world.start('setup');
      next.stdout?.on('data', (text) => {
        if (String(text).includes('Another set-up')) world.write('go', '');
      });
      const { code, out, err } = await finished(next);
      await end;
      assert.equal(code, 0, err);
      assert.match(out, /Another set-up \(process \d+\) is running/);
      assert.ok(fs.existsSync(world.file('ended')));
    }));

  it('does each step once when two run at the same time', () =>
    inWorld(async (world) => {
      const runs = await Promise.all([world.setup(), world.setup(), world.setup()]);
      assert.deepEqual(
        runs.map(({ code }) => code),
        [0, 0, 0],
        runs.map(({ err }) => err).join('\n'),
      );
      assert.deepEqual(names(world.calls()).sort(), [
        'g++',
        'npm',
        'npm',
        'python3',
        'python3',
        'python3',
        'python3',
      ]);
    }));

  it('reports failed downloads without a network, and continues from there later', () =>
    inWorld(async (world) => {
      world.failing('npm', 'npm error code ENOTFOUND getaddrinfo');
      const { code, err } = await world.setup();
      assert.equal(code, 1);
      assert.match(
        err,
        /^setup: npm packages could not be downloaded: the registry was not reached/,
      );
      assert.equal(err.trim().split('\n').length, 1);
      world.restore('npm');
      assert.equal((await world.setup()).code, 0);
    }));

  it('does independent steps at the same time', () =>
    inWorld(async (world) => {
      // Each waits until the other has begun.
      world.before('npm', `touch npm-began; ${waitFor('python-began')}`);
      world.before(
        'python3',
        `case "$2" in venv) touch python-began; ${waitFor('npm-began')} ;; esac`,
      );
      const { code, err } = await world.setup();
      assert.equal(code, 0, err);
    }));

  it('finishes the steps that run when another one fails, and begins no others', () =>
    inWorld(async (world) => {
      world.fake('npm', `${waitFor('python-began')}; touch npm-ended; exit 1`);
      const wait = `touch python-began; ${waitFor('npm-ended')}; sleep 1`;
      world.before('python3', `case "$2" in venv) ${wait} ;; esac`);
      const { code, out, err } = await world.setup();
      assert.equal(code, 1);
      assert.match(err, /^setup: npm packages failed \(1\)/);
      assert.match(out, /✗ npm packages.*✓ Python environment/s);
      assert.doesNotMatch(out, /TensorFlow|data set/);
    }));

  it('installs nothing with a wrong hash, and names both hashes', () =>
    inWorld(async (world) => {
      world.fake(
        'python3',
        `case "$*" in
          -c*) echo "3.11.7 - $0" ;;
          '-m venv '*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; touch "$3/bin/jupyter-lab" ;;
          *download*) echo 'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.'
            echo '    tensorflow-cpu==2.21.0:'
            echo '        Expected sha256 0a1b'
            echo '             Got        2c3d'; exit 1 ;;
        esac`,
      );
      const { code, err } = await world.setup();
      assert.equal(code, 1);
      assert.match(err, /libtensorflow 2\.21\.0: hash mismatch: expected 0a1b, got 2c3d\./);
      assert.deepEqual(fs.readdirSync(world.file('.engine')), []);
    }));

  it('shows the end of the log of a failed command', () =>
    inWorld(async (world) => {
      world.failing('g++', 'a.cc:1: error: no such thing');
      world.fake('g++', 'case "$*" in *-fsyntax-only*|--version) ;; *) echo oops; exit 3 ;; esac');
      const { code, err } = await world.setup();
      assert.equal(code, 1);
      assert.match(
        err,
        /the TensorFlow binding failed \(3\); the log: \.cache\/setup\/binding\.log/,
      );
      assert.match(err, /^ {4}oops$/m);
      assert.doesNotMatch(err, /at .*\.mjs:\d/);
    }));

  it('rejects a binding that computes wrong numbers', () =>
    inWorld(async (world) => {
      world.write('tfjs.js', fs.readFileSync(world.file('tfjs.js'), 'utf8').replace('17', '18'));
      const { code, err } = await world.setup();
      assert.equal(code, 1);
      assert.match(err, /computes wrong numbers: 18,39 instead of 17,39/);
      assert.equal((await world.setup()).code, 1, 'and tries again the next time');
    }));

  it('does everything again with --force', () =>
    afterSetup(async (world) => {
      await world.setup('--force');
      assert.deepEqual(names(world.calls()).sort(), ['g++', 'npm', 'npm', 'python3', 'python3']);
    }));

  it('shows nothing with --quiet', () =>
    inWorld(async (world) => {
      const { code, out, err } = await world.setup('--quiet');
      assert.deepEqual({ code, out, err }, { code: 0, out: '', err: '' });
    }));

  it('prints its help, and rejects unknown options', () =>
    inWorld(async (world) => {
      assert.match((await world.setup('--help')).out, /usage: npm run setup/);
      const unknown = await world.setup('--fast');
      assert.equal(unknown.code, 2);
      assert.match(unknown.err, /--fast/);
      const engine = await world.setup('--engine', 'tpu');
      assert.equal(engine.code, 1);
      assert.match(engine.err, /unknown engine: tpu\. Choose cpu, gpu or auto/);
      assert.deepEqual(world.calls(), []);
    }));
});
