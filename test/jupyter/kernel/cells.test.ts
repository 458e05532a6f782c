import * as assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventMime } from '../../../lib/notebook';
import { type Answer, Client } from './client';

let kernel: Client;
before(async () => {
  kernel = await Client.start();
});
after(() => kernel.stop());

function find(answer: Answer, type: string) {
  return answer.outputs.find((heard) => heard.type === type)?.content;
}

function shown(answer: Answer): Record<string, unknown> {
  const found = find(answer, 'execute_result') ?? find(answer, 'display_data');
  return (found?.['data'] ?? {}) as Record<string, unknown>;
}

/** A traceback without its colours. */
function traceback(answer: Answer): string {
  const lines = (answer.reply['traceback'] ?? []) as string[];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ANSI colours are such
  return lines.join('\n').replace(/\x1b\[\d+m/g, '');
}

test('a cell is counted, prints, and shows its last value', async () => {
  const answer = await kernel.execute('const a = 1;\nconsole.log("printed");\na + 1');
  assert.equal(answer.reply['status'], 'ok');
  assert.equal(answer.reply['execution_count'], 1);
  assert.deepEqual(find(answer, 'execute_input')?.['execution_count'], 1);
  assert.equal(answer.text, 'printed\n');
  const result = find(answer, 'execute_result');
  assert.deepEqual(result, {
    execution_count: 1,
    data: { 'text/plain': '2' },
    metadata: {},
    transient: {},
  });
});

test('names can be used and redeclared in later cells', async () => {
  assert.equal((await kernel.execute('const b = a + 1;')).reply['status'], 'ok');
  assert.equal(shown(await kernel.execute('const a = "text"; a + b'))['text/plain'], 'text2');
});

test('shorthand properties take names of earlier cells', async () => {
  await kernel.execute('let epochs = 3; const sum = (x: { epochs: number }) => x.epochs + 1;');
  assert.equal(shown(await kernel.execute('sum({ epochs })'))['text/plain'], '4');
  const answer = await kernel.execute(
    'const { one, rest } = await Promise.resolve({ one: { epochs }, rest: [epochs] });\none.epochs',
  );
  assert.equal(shown(answer)['text/plain'], '3');
});

test('top-level await works, and pending work of a cell prints into that cell', async () => {
  const answer = await kernel.execute('await Promise.resolve(7)');
  assert.equal(shown(answer)['text/plain'], '7');
});

test('an error shows its position in the cell', async () => {
  const answer = await kernel.execute(
    'interface Unused { a: 1 }\n\nconst got = 1;\nconst x = null as any;\nx.foo.bar();\nconst missed = 2;',
  );
  assert.equal(answer.reply['status'], 'error');
  assert.equal(answer.reply['ename'], 'TypeError');
  assert.equal(typeof answer.reply['execution_count'], 'number');
  assert.match(String(find(answer, 'error')?.['evalue']), /reading 'foo'/);
  assert.match(traceback(answer), /line 5:3\n.*\n> 5 │ x\.foo\.bar\(\);\n {4}│ {3}\^/);
});

test('an error shows no frame of the kernel', async () => {
  const answer = await kernel.execute("throw new Error('here')");
  assert.doesNotMatch(traceback(answer), /jupyter.kernel/);
});

test('names that the failed cell reached remain, the others do not exist', async () => {
  assert.equal(shown(await kernel.execute('got'))['text/plain'], '1');
  const answer = await kernel.execute('missed');
  assert.match(traceback(answer), /TS2304: Cannot find name 'missed'/);
});

test('a type error shows its line and nothing of the cell runs', async () => {
  const answer = await kernel.execute('console.log("ran");\nconst n: number = "text";');
  assert.equal(answer.text, '');
  assert.equal(answer.reply['ename'], 'TypeScriptError');
  assert.match(String(answer.reply['evalue']), /^line 2:7: .*\(TS2322\)$/);
  assert.match(traceback(answer), /> 2 │ const n: number = "text";\n {4}│ {7}\^/);
});

test('an error in a function of an earlier cell shows that cell', async () => {
  await kernel.execute('\nfunction fail(value: any) {\n  return value.a.b;\n}');
  const answer = await kernel.execute('await null;\nfail({});');
  assert.match(traceback(answer), /> 3 │ {3}return value\.a\.b;/);
  assert.match(traceback(answer), /at fail \(cell \d+:3:18\)\n.*at cell \d+:2:1/s);
});

test('anything can be thrown, and a cause is shown', async () => {
  assert.equal((await kernel.execute('throw "a string"')).reply['evalue'], "'a string'");
  const answer = await kernel.execute(
    "throw new Error('outer', { cause: new RangeError('inner') })",
  );
  assert.match(traceback(answer), /Error: outer[\s\S]*caused by RangeError: inner/);
});

test('each error of an AggregateError is shown with its place', async () => {
  const answer = await kernel.execute(
    `await Promise.any([
  Promise.reject(new Error('first')),
  Promise.reject(new RangeError('second', { cause: new Error('deep') })),
]);`,
  );
  assert.equal(answer.reply['ename'], 'AggregateError');
  const text = traceback(answer);
  assert.match(text, /error 1 of 2: Error: first\n\ncell \d+, line 2:18\n/);
  assert.match(text, /error 2 of 2: RangeError: second\n\ncell \d+, line 3:18\n/);
  assert.match(text, /caused by Error: deep/);
});

test('after an error the cells that wait are aborted, unless asked otherwise', async () => {
  const run = (code: string, stop_on_error: boolean) => kernel.execute(code, { stop_on_error });
  // Late enough that the others are queued, on a busy machine too.
  const failing = 'await new Promise((go) => setTimeout(go, 500)); throw 1';
  const stopped = await Promise.all([run(failing, true), run('1', true), run('2', true)]);
  assert.deepEqual(
    stopped.map(({ reply }) => reply['status']),
    ['error', 'aborted', 'aborted'],
  );
  const going = await Promise.all([run('throw 1', false), run('1', false)]);
  assert.deepEqual(
    going.map(({ reply }) => reply['status']),
    ['error', 'ok'],
  );
});

test('an unhandled rejection fails its cell', async () => {
  const answer = await kernel.execute('Promise.reject(new Error("lost")); 1');
  assert.equal(answer.reply['status'], 'error');
  assert.match(traceback(answer), /Unhandled error:\nError: lost/);
});

test('an error after the end of its cell is shown there and fails the next', async () => {
  const first = await kernel.execute('setTimeout(() => { throw new Error("late"); }, 400);');
  assert.equal(first.reply['status'], 'ok');
  await kernel.ask('is_complete_request', { code: '1' });
  await new Promise((next) => setTimeout(next, 1000));
  assert.equal(find(first, 'error')?.['evalue'], 'late');
  const next = await kernel.execute('console.log("ran")');
  assert.equal(next.text, 'ran\n');
  assert.equal(next.reply['ename'], 'Error');
  assert.equal((await kernel.execute('1')).reply['status'], 'ok');
});

test('an error of an awaited event ends the cell that waits', async () => {
  const answer = await kernel.execute(
    'setTimeout(() => { throw new Error("in a timer"); }, 10);\nawait new Promise(() => {});',
  );
  assert.equal(answer.reply['evalue'], 'in a timer');
});

test('user expressions are evaluated after the cell, or return their error', async () => {
  const { reply } = await kernel.execute('const width = 6;', {
    user_expressions: {
      area: 'width * 7',
      text: "'a'.repeat(3)",
      later: 'await Promise.resolve([width])',
      thrown: '(() => { throw new RangeError("too wide"); })()',
      unknown: 'height + 1',
    },
  });
  const answers = reply['user_expressions'] as Record<string, Record<string, unknown>>;
  const text = (value: string) => ({
    status: 'ok',
    data: { 'text/plain': value },
    metadata: {},
  });
  assert.deepEqual(answers['area'], text('42'));
  assert.deepEqual(answers['text'], text("'aaa'"));
  assert.deepEqual(answers['later'], text('[ 6 ]'));
  const { thrown, unknown } = answers;
  assert.deepEqual(
    [thrown?.['status'], thrown?.['ename'], thrown?.['evalue']],
    ['error', 'RangeError', 'too wide'],
  );
  assert.equal(unknown?.['ename'], 'TypeScriptError');
  assert.match(String(unknown?.['evalue']), /Cannot find name 'height'/);
  const failed = await kernel.execute('throw 1', { user_expressions: { a: 'width' } });
  assert.equal(failed.reply['user_expressions'], undefined);
});

test('a cell pasted from a module runs: `export` is ignored', async () => {
  assert.equal(shown(await kernel.execute('export const a5 = 5; a5'))['text/plain'], '5');
  const answer =
    await kernel.execute(`export { formatSeconds as inWords } from './lib/notebook/format';
export interface Size { width: number }
export type Sizes = Size[];
export enum Side { left, right }
export async function area({ width }: Size) { return width * width; }
export default class Shape { sides = 4; }
export { area as surface };
`);
  assert.equal(answer.reply['status'], 'ok', traceback(answer));
  const sizes = 'const sizes: Sizes = [{ width: 3 }];';
  const code = `${sizes} [await area(sizes[0]!), new Shape().sides, Side.right, typeof inWords]`;
  assert.equal(shown(await kernel.execute(code))['text/plain'], "[ 9, 4, 1, 'function' ]");
  const object = await kernel.execute('export default { a: 1 };');
  assert.equal(shown(object)['text/plain'], '{ a: 1 }');
  const nameless = await kernel.execute('export default function () { return 1; }');
  assert.match(String(shown(nameless)['text/plain']), /^\[Function/);
  const thrown = await kernel.execute('export const b5 = 1; throw new Error("here");');
  assert.match(traceback(thrown), /line 1:28/);
  assert.equal(
    shown(await kernel.execute("'export const c = 1'"))['text/plain'],
    'export const c = 1',
  );
});

test('`for await` runs at the top of a cell', async () => {
  const answer = await kernel.execute(`async function* batches() { yield 1; yield 2; }
let total = 0;
if (total === 0) for await (const batch of batches()) total += batch;
total`);
  assert.equal(shown(answer)['text/plain'], '3', traceback(answer));
  const inside = await kernel.execute(
    'async function sum() { let s = 0; for await (const b of batches()) s += b; return s; }\nawait sum()',
  );
  assert.equal(shown(inside)['text/plain'], '3');
  const wrong = await kernel.execute('function no() { for await (const b of batches()) b; }');
  assert.equal(wrong.reply['ename'], 'TypeScriptError');
});

test('errors for magics of IPython name the alternative', async () => {
  for (const code of [
    '%matplotlib inline',
    '!ls',
    '!pip install numpy',
    '!ls -l ./data',
    '%%typescript\nconst a = 1;',
    'const one = 1;\n%timeit one',
    'const one = 1\n!ls',
  ]) {
    const answer = await kernel.execute(code);
    assert.match(String(answer.reply['evalue']), /^line \d:1: there are no magics/, code);
    assert.equal((answer.reply['traceback'] as string[]).join('').match(/no magics/g)?.length, 1);
  }
  const typo = await kernel.execute('const ready = true &&\n  !reday');
  assert.match(String(typo.reply['evalue']), /Cannot find name 'reday'/);
});

test('a proxy whose traps throw does not fail the cell', async () => {
  const traps = `{ get() { throw new Error('trap'); }, has() { throw new Error('trap'); },
    getPrototypeOf() { throw new Error('trap'); }, ownKeys() { throw new Error('trap'); } }`;
  const answer = await kernel.execute(`new Proxy({ inner: 1 }, ${traps})`);
  assert.equal(answer.reply['status'], 'ok');
  assert.equal(shown(answer)['text/plain'], '{ inner: 1 }');
  const thrown = await kernel.execute(`throw new Proxy({ inner: 2 }, ${traps})`);
  assert.equal(thrown.reply['evalue'], '{ inner: 2 }');
});

test('a read of standard input fails its cell at once', async () => {
  for (const code of [
    "process.stdin.on('data', () => {}); await new Promise(() => {});",
    "await new Promise((next) => require('node:readline').createInterface({ input: process.stdin }).question('name? ', next));",
    "await require('node:readline/promises').createInterface({ input: process.stdin }).question('name? ');",
    'for await (const chunk of process.stdin) console.log(chunk);',
    "import * as fs from 'node:fs';\nfs.readFileSync(0, 'utf8')",
    "import { readSync } from 'fs';\nreadSync(0, Buffer.alloc(10))",
  ]) {
    const answer = await kernel.execute(code);
    assert.equal(answer.reply['ename'], 'GradbookError', code);
    assert.match(String(answer.reply['evalue']), /^standard input is not available in a cell here/);
  }
});

test('silent cells are not counted', async () => {
  const before = (await kernel.execute('1')).reply['execution_count'];
  const silent = await kernel.execute('2', { silent: true });
  assert.deepEqual(silent.outputs, []);
  const unstored = await kernel.execute('2', { store_history: false });
  assert.equal(find(unstored, 'execute_result')?.['execution_count'], Number(before) + 1);
  assert.equal((await kernel.execute('3')).reply['execution_count'], Number(before) + 1);
});

test('a burst of prints arrives completely and in order', async () => {
  const { text } = await kernel.execute('for (let i = 0; i < 20000; i++) console.log(i);');
  assert.equal(text, Array.from({ length: 20_000 }, (_, i) => `${i}\n`).join(''));
});

test('lib displays values, events are attached, and progress is one output updated in place', async () => {
  const answer = await kernel.execute(`
    const { progress, reportMetric, table } = require('./lib/notebook');
    table([{ a: 1 }]);
    reportMetric('accuracy', 0.5, { atLeast: 0.9 });
    const bar = progress({ label: 'working', total: 2 });
    bar.update(1);
    bar.done();
  `);
  assert.equal(answer.reply['status'], 'ok');
  assert.match(String(shown(answer)['text/html']), /<table>/);
  const events = answer.outputs.flatMap(({ type, content }) => {
    const sent = (content['data'] as never)?.[eventMime] as unknown;
    return (sent === undefined ? [] : [sent].flat()).map((event) => ({
      type,
      event: event as Record<string, unknown>,
    }));
  });
  assert.deepEqual(
    events.map(({ type, event }) => [type, event['kind']]),
    [
      ['display_data', 'bound'],
      ['display_data', 'progress'],
      ['update_display_data', 'progress'],
    ],
  );
  assert.equal(events.at(-1)?.event['state'], 'done');
});

test('a cell that throws ends its progress bars', async () => {
  const answer = await kernel.execute(
    "progress({ label: 'doomed', total: 2 }); throw new Error('x')",
  );
  const last = answer.outputs.filter(({ type }) => type === 'update_display_data').at(-1)!;
  assert.match(JSON.stringify(last.content), /"state":"failed"/);
});

test("tslab's own display works", async () => {
  const answer = await kernel.execute(
    "import * as tslab from 'tslab';\ntslab.display.html('<b>x</b>');",
  );
  assert.equal(shown(answer)['text/html'], '<b>x</b>');
});

const result = async (code: string) => shown(await kernel.execute(code))['text/plain'];

test('cells have the syntax of the workspace: using, await using, standard decorators', async () => {
  const code = `const opened = { log: [] as string[], [Symbol.dispose]() { this.log.push('closed'); } };
const later = { async [Symbol.asyncDispose]() { opened.log.push('closed later'); } };`;
  await kernel.execute(code);
  const block = '{ using file = opened; file.log.push("used"); }\nopened.log.splice(0)';
  assert.equal(await result(block), "[ 'used', 'closed' ]");
  // At the top of a cell it is closed when the cell ends; its last value is still displayed.
  assert.equal(await result('using whole = opened; whole.log.push("in the cell")'), '1');
  assert.equal(await result('opened.log.splice(0)'), "[ 'in the cell', 'closed' ]");
  assert.equal(await result('await using more = later; const kept = 4; kept + 1'), '5');
  assert.equal(await result('[kept, ...opened.log.splice(0)]'), "[ 4, 'closed later' ]");
  const decorated = `function logged(method: () => number, { name }: ClassMethodDecoratorContext) {
  return function (this: unknown) { return [name, method.call(this as never)]; } as never;
}
class Counter { @logged count() { return 3; } }
new Counter().count()`;
  assert.equal(await result(decorated), "[ 'count', 3 ]");
  assert.equal(await result('new Counter().count()'), "[ 'count', 3 ]");
  const constant = 'const first = <const T extends readonly unknown[]>(list: T): T[0] => list[0];';
  await kernel.execute(constant);
  assert.equal(await result('const one: 1 = first([1, 2]); one'), '1');
});

test('an await in a class, a function or a string does not make the cell wait', async () => {
  const code = 'class Waits { async run() { await null; return 1; } }\nconst text = "await";\ntext';
  assert.equal(await result(code), 'await');
});
