import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, describe, test } from 'node:test';
import { reachedFiles } from '../../../lib/run/cache/reach';
import { inWorkspace } from '../../../lib/runtime';

const folder = inWorkspace('.cache/test-reach');
fs.mkdirSync(folder, { recursive: true });
after(() => fs.rmSync(folder, { recursive: true }));

const files = {
  'index.ts': "export * from './cat';\nexport { dog, type Dog } from './dog';\n",
  'cat.ts': "import { fur } from './fur';\nexport const cat = fur;\nexport interface Cat {}\n",
  'dog.ts': "export function dog() { return require('./bone.json'); }\nexport type Dog = 1;\n",
  'fur.ts': "export const fur = 1;\nvoid import('./moth');\n",
  'moth.ts': 'export class Moth {}\n',
  'bone.json': '{}',
  'circle.ts': "import './circle';\nexport * from './circle';\n",
};
for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);

/** The files of the test's folder that code imports. */
function reached(code: string): string[] {
  const inside = path.relative(inWorkspace(), folder);
  const all = reachedFiles([code.replace(/@/g, `./${inside}`)]);
  return all.flatMap((file) => (file.startsWith(inside) ? path.relative(inside, file) : []));
}

describe('reachedFiles', () => {
  test('follows imports, requires and dynamic imports', () => {
    assert.deepEqual(reached("import { cat } from '@/cat';"), ['cat.ts', 'fur.ts', 'moth.ts']);
    assert.deepEqual(reached("const d = require('@/dog');"), ['bone.json', 'dog.ts']);
    assert.deepEqual(reached("import * as all from '@/circle';"), ['circle.ts']);
  });

  test('follows only the imported names through a file that re-exports', () => {
    assert.deepEqual(reached("import { dog } from '@';"), ['bone.json', 'dog.ts', 'index.ts']);
    assert.deepEqual(reached("import { cat as c } from '@/index';"), [
      'cat.ts',
      'fur.ts',
      'index.ts',
      'moth.ts',
    ]);
    assert.equal(reached("import * as all from '@';").length, 6);
    assert.equal(reached("import { type Cat } from '@';").length, 4);
  });

  test('code without imports of the workspace reaches nothing', () => {
    assert.deepEqual(reachedFiles(["import * as fs from 'node:fs';", "require('./nowhere')"]), []);
  });

  test('the native ops are reached by any import of the workspace', () => {
    const all = reachedFiles(["import { inWorkspace } from './lib';"]);
    assert.ok(all.includes('lib/ops/index.ts') && all.includes('lib/runtime/root.ts'));
    assert.ok(!all.some((file) => file.startsWith('lib/cam/')));
  });
});
