import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { profileValues } from '../../../lib/run/plan/profiles';
import { temporaryFolder } from '../../temporary-folder';

function folder(text: string | null): string {
  const dir = temporaryFolder('profiles');
  if (text !== null) fs.writeFileSync(path.join(dir, 'profiles.yaml'), text);
  return path.join(dir, 'a.ipynb');
}

test('a profile overrides the values given in profiles.yaml beside the notebook', () => {
  const file = folder('a: { smoke: { epochs: 1 }, full: { epochs: 22, filters: [4, 8] } }\n');
  assert.deepEqual(profileValues(file, 'smoke'), { epochs: 1 });
  assert.deepEqual(profileValues(file, 'full'), { epochs: 22, filters: [4, 8] });
  assert.deepEqual(profileValues(file, 'quick'), {});
  assert.deepEqual(profileValues(path.join(path.dirname(file), 'b.ipynb'), 'full'), {});
  assert.deepEqual(profileValues(folder(null), 'smoke'), {});
  assert.deepEqual(profileValues(folder(''), 'smoke'), {});
});

test('an invalid file is rejected with the allowed values', () => {
  const cases = [
    ['- a\n', /must hold notebooks by name/],
    ['a: 3\n', /"a" must hold profiles/],
    ['a: { quick: { epochs: 1 } }\n', /"a" has "quick"; allowed are smoke and full/],
    ['a: { fast: { epochs: 1 } }\n', /"a" has "fast"/],
    ['a: { smoke: 1 }\n', /"a", smoke/],
    ['a: [', /could not be read/],
  ] as const;
  for (const [text, message] of cases) {
    assert.throws(() => profileValues(folder(text), 'smoke'), { code: 'parameter', message });
  }
});
