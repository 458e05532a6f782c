import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { describe, it } from 'node:test';
import { inWorkspace } from '../../lib/runtime';

interface Locked {
  name?: string;
  version?: string;
  resolved?: string;
  link?: boolean;
  dependencies?: Record<string, string>;
}

const lock = JSON.parse(fs.readFileSync(inWorkspace('package-lock.json'), 'utf8'));
const packages = Object.entries(lock.packages as Record<string, Locked>);

/** The path of a package in the tree. */
function places(name: string): string[] {
  return packages.map(([place]) => place).filter((place) => place.endsWith(`node_modules/${name}`));
}

describe('npm packages', () => {
  it('hold a single tfjs', () => {
    for (const name of ['tfjs', 'tfjs-core', 'tfjs-layers', 'tfjs-node', 'tfjs-node-gpu']) {
      assert.deepEqual(places(`@tensorflow/${name}`), [`node_modules/@tensorflow/${name}`]);
    }
  });

  it('give danfojs the same tfjs as all others', () => {
    const danfo = require('danfojs-node');
    assert.equal(danfo.tensorflow, require('@tensorflow/tfjs-node-gpu'));
    const frame = new danfo.DataFrame({ type: ['Fire', 'Water', 'Fire'], level: [1, 2, 6] });
    assert.deepEqual(frame.groupby(['type']).col(['level']).mean().values, [
      ['Fire', 3.5],
      ['Water', 2],
    ]);
    assert.equal(frame['level'].std().toFixed(6), '2.645751');
    assert.equal(frame['level'].median(), 2);
  });

  it('come from the registry only', () => {
    for (const [place, { resolved, link }] of packages) {
      assert.ok(link || resolved === undefined, `${place} is bound to ${resolved}`);
    }
    const own = packages.flatMap(([, { dependencies = {} }]) => Object.entries(dependencies));
    const { overrides } = JSON.parse(fs.readFileSync(inWorkspace('package.json'), 'utf8'));
    for (const [name, range] of own) {
      const isUrl = /^(https?|git|github):|^git\+|\//.test(range) && !/^(npm|file):/.test(range);
      assert.ok(!isUrl || name in overrides, `${name} is asked for by an address: ${range}`);
    }
  });

  it('include none of the versions with known vulnerabilities', () => {
    const oldest: Record<string, number[]> = {
      'form-data': [4, 0, 4],
      'tough-cookie': [4, 1, 3],
      rollup: [2, 80, 0],
      tar: [7, 5, 7],
      ws: [8, 17, 1],
      'brace-expansion': [1, 1, 12],
      minimatch: [3, 1, 4],
    };
    for (const [name, wanted] of Object.entries(oldest)) {
      for (const place of places(name)) {
        const { version = '' } = lock.packages[place];
        const order = version.localeCompare(wanted.join('.'), 'en', { numeric: true });
        assert.ok(order >= 0, `${place} is ${version}, older than ${wanted.join('.')}`);
      }
    }
  });
});
