import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blocksOf, examplesOf, markdownFiles, sourceFiles, typeErrors } from './examples';

test('every example in a doc comment, the README and the guides compiles', () => {
  const [context, ...rest] = blocksOf('docs/README.md');
  const markdown = markdownFiles().filter((file) => file !== 'docs/README.md');
  const examples = [
    ...rest,
    ...markdown.flatMap(blocksOf),
    ...sourceFiles().flatMap((file) => examplesOf(file)),
  ];
  assert.ok(examples.length > 20, `${examples.length} examples`);
  assert.deepEqual(typeErrors(examples, context!.code), []);
});

test('an example that does not compile is found, with its place', () => {
  const context = 'const sets = { train: [1], test: [2] };';
  const example = {
    place: 'docs/a.md:3',
    code: 'const count = 1;\nconst text: string = sets.train;',
  };
  assert.deepEqual(typeErrors([example], context), [
    "docs/a.md:3 +2: Type 'number[]' is not assignable to type 'string'.",
  ]);
});
