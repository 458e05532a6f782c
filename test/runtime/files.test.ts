import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, it } from 'node:test';
import { removeTemporaries, writeFileAtomic } from '../../lib/runtime';
import { temporaryFolder } from '../temporary-folder';

function folder(): string {
  return temporaryFolder('gradbook-files');
}

describe('writeFileAtomic', () => {
  it('makes folders, writes text and bytes, and replaces what was there', () => {
    const file = path.join(folder(), 'a', 'b.txt');
    writeFileAtomic(file, 'one');
    writeFileAtomic(file, new Uint8Array([50, 51]));
    assert.equal(fs.readFileSync(file, 'utf8'), '23');
    assert.deepEqual(fs.readdirSync(path.dirname(file)), ['b.txt']);
  });

  it('writes parts one after the other', () => {
    const file = path.join(folder(), 'parts');
    writeFileAtomic(file, [Buffer.from('one'), new Uint8Array(0), Buffer.from(' two')]);
    assert.equal(fs.readFileSync(file, 'utf8'), 'one two');
  });

  it('keeps the old file and leaves no temporary one when it fails', () => {
    const dir = folder();
    const file = path.join(dir, 'taken');
    fs.mkdirSync(path.join(file, 'full'), { recursive: true });
    assert.throws(() => writeFileAtomic(file, 'x'));
    assert.deepEqual(fs.readdirSync(dir), ['taken']);
  });
});

describe('removeTemporaries', () => {
  it('removes what killed writers of one file left, and nothing else', () => {
    const dir = folder();
    const others = ['a.txt', 'a.txt.12.tmp', 'a.txt.12.0123abcd.tmp.txt', 'b.txt.12.0123abcd.tmp'];
    for (const name of [...others, 'a.txt.12.0123abcd.tmp']) {
      fs.writeFileSync(path.join(dir, name), '');
    }
    removeTemporaries(path.join(dir, 'a.txt'));
    assert.deepEqual(fs.readdirSync(dir).sort(), others.sort());
    removeTemporaries(path.join(dir, 'no', 'such', 'folder'));
  });
});
