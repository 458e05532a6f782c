import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nodeProblem, platformProblem } from '../../../scripts/setup/prerequisites.mjs';
import { inWorld, type World } from './world';

/** The set-up's error messages, by line; nothing may have been installed. */
async function complaints(world: World): Promise<string[]> {
  world.fake('apt-get', '');
  const { code, err } = await world.setup();
  assert.equal(code, 1);
  assert.doesNotMatch(err, /\.mjs:\d/, 'no stack trace');
  assert.deepEqual(world.calls(), []);
  return err.trim().split('\n');
}

describe('prerequisites', () => {
  it('names everything that is missing at once, with the command that installs it', () =>
    inWorld(async (world) => {
      for (const name of ['python3', 'g++', 'npm']) world.without(name);
      assert.deepEqual(await complaints(world), [
        'setup: npm is not installed. Install it with Node, from https://nodejs.org',
        'setup: Python 3.10 or newer is not installed. Install it with: sudo apt-get install -y python3 python3-venv',
        'setup: a C++17 compiler (g++ or clang++) is not installed. Install one with: sudo apt-get install -y g++',
      ]);
    }));

  it('refuses an old Python', () =>
    inWorld(async (world) => {
      world.fake('python3', 'echo "3.9.2 - $0"');
      const [line] = await complaints(world);
      assert.match(line!, /Python 3\.9\.2 \(.*\/python3\) is too old: Python 3\.10 or newer/);
    }));

  it('prefers a newer Python to an old one', () =>
    inWorld(async (world) => {
      world.fake('python3.12', 'echo "3.12.1 - $0"');
      world.fake('python3', 'echo "3.9.2 - $0"');
      world.without('g++');
      const lines = await complaints(world);
      assert.equal(lines.length, 1);
      assert.match(lines[0]!, /compiler/);
    }));

  it('refuses a Python without venv', () =>
    inWorld(async (world) => {
      world.fake('python3', 'echo "3.11.2 ensurepip $0"');
      const [line] = await complaints(world);
      assert.match(line!, /lacks its ensurepip module\. Install with: sudo apt-get install -y/);
    }));

  it('refuses a compiler that does not know C++17', () =>
    inWorld(async (world) => {
      world.failing('g++', 'g++: error: unrecognized command line option -std=c++17');
      const [line] = await complaints(world);
      assert.match(line!, /g\+\+ does not compile C\+\+17 \(g\+\+: error: unrecognized/);
    }));

  it('uses GRADBOOK_PYTHON and CXX, and reports wrong ones', () =>
    inWorld(async (world) => {
      const { code, err } = await world.run('setup', [], {
        GRADBOOK_PYTHON: '/nowhere/python',
        CXX: '/nowhere/g++',
      });
      assert.equal(code, 1);
      assert.match(err, /GRADBOOK_PYTHON is \/nowhere\/python/);
      assert.match(err, /CXX is \/nowhere\/g\+\+/);
    }));

  it('accepts the supported Node versions and machines', () => {
    for (const version of ['20.0.0', '22.1.0', '24.3.1', '26.0.0']) {
      assert.equal(nodeProblem(version), undefined);
    }
    assert.match(nodeProblem('18.20.4') ?? '', /Node 18\.20\.4 is too old/);
    assert.equal(platformProblem('linux', 'x64', true), undefined);
    assert.equal(platformProblem('darwin', 'arm64', false), undefined);
    assert.match(platformProblem('linux', 'x64', false) ?? '', /glibc/);
    assert.match(platformProblem('win32', 'x64', false) ?? '', /WSL 2/);
    assert.match(platformProblem('darwin', 'x64', false) ?? '', /no libtensorflow wheel/);
  });
});
