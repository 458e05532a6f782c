import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, before, test } from 'node:test';
import { inWorkspace } from '../../../lib/runtime';
import { Client } from './client';

let kernel: Client;
const folder = inWorkspace(`.cache/test-reload-${process.pid}`);
const module = `./.cache/${path.basename(folder)}`;
const write = (name: string, text: string) => fs.writeFileSync(path.join(folder, name), text);

before(async () => {
  fs.mkdirSync(folder, { recursive: true });
  write('inner.ts', 'export const value = 1;\n');
  write('middle.ts', "import { value } from './inner';\nexport const twice = () => 2 * value;\n");
  write('outer.ts', "export * from './middle';\nexport const loaded = Date.now();\n");
  write('other.ts', 'export const state = { calls: 0 };\n');
  kernel = await Client.start();
});
after(async () => {
  await kernel.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function print(code: string): Promise<string> {
  const { text, reply } = await kernel.execute(code);
  return reply['status'] === 'ok' ? text.trim() : `${reply['ename']}: ${reply['evalue']}`;
}

test('a cell imports modules of the workspace', async () => {
  assert.equal(
    await print(`
      import { twice } from '${module}/outer';
      import * as all from '${module}/outer';
      import { state } from '${module}/other';
      state.calls = 5;
      console.log(twice(), all.twice());`),
    '2 2',
  );
});

test('an edit of an indirect import updates names imported before', async () => {
  write('inner.ts', 'export const value = 21;\n');
  assert.equal(await print('console.log(twice(), all.twice());'), '42 42');
});

test('modules that do not depend on the edited one keep their state', async () => {
  assert.equal(await print('console.log(state.calls);'), '5');
});

test('types are updated too', async () => {
  write('middle.ts', 'export const twice = (text: string) => text + text;\n');
  assert.match(await print('twice(1)'), /TypeScriptError: line 1:7: Argument of type 'number'/);
  assert.equal(await print("console.log(twice('ab'));"), 'abab');
});

test('a function of an earlier cell uses the edited module', async () => {
  await print("const call = () => twice('x');");
  write('middle.ts', 'export const twice = (text: string) => text.toUpperCase();\n');
  assert.equal(await print('console.log(call());'), 'X');
});

test('a syntax error in the module is reported, and so is its fix', async () => {
  write('middle.ts', 'export const twice = (;\n');
  assert.match(await print("console.log(twice('x'));"), /Error/);
  write('middle.ts', "export const twice = (text: string) => 'fixed';\n");
  assert.equal(await print("console.log(twice('x'));"), 'fixed');
});

test('a file written after its import had failed is found', async () => {
  assert.match(await print(`import { later } from '${module}/later';`), /Cannot find module/);
  write('later.ts', 'export const later = 3;\n');
  assert.equal(await print(`import { later } from '${module}/later';\nconsole.log(later);`), '3');
});

test('an imported name can be redeclared', async () => {
  assert.equal(await print('const later = 4;\nconsole.log(later);'), '4');
});
