import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { describe, test } from 'node:test';
import { finishedLines } from '../../lib/run/reporters/reporter';
import { boundsTable } from '../../lib/run/site/parts';
import { resultTables } from '../../lib/run/summary/result-table';
import { exitCode } from '../../lib/run/summary/summary';
import { inWorkspace } from '../../lib/runtime';
import { fakeNotebook, TestWorkspace } from './workspace';

const bound = (value: number, name = 'accuracy') =>
  `event ${JSON.stringify({ kind: 'bound', name, value, atLeast: 0.9, holds: value >= 0.9 })}`;
const parameters = (code: string) => ({ code, tags: ['parameters'] });
const statuses = (summary: { notebooks: { name: string; status: string }[] }) =>
  Object.fromEntries(summary.notebooks.map(({ name, status }) => [name, status]));

describe('report', () => {
  test('writes executed notebooks and summaries; one failure does not stop the others', async () => {
    const workspace = new TestWorkspace({
      '00-good': fakeNotebook(['print fine', bound(0.95)]),
      '01-throws': fakeNotebook(['throw <boo> & "more"', 'print never']),
      '02-missed': fakeNotebook([bound(0.5)]),
      '03-text': 'hello',
      '04-old': '{"nbformat": 3, "worksheets": []}',
      '05-python': fakeNotebook(['1']),
    });
    const python = fakeNotebook(['1']);
    python.metadata.kernelspec = { name: 'python3' };
    workspace.write('05-python', python);
    const summary = await workspace.report();
    assert.deepEqual(statuses(summary), {
      '00-good': 'passed',
      '01-throws': 'failed',
      '02-missed': 'bound-missed',
      '03-text': 'failed',
      '04-old': 'failed',
      '05-python': 'failed',
    });
    assert.equal(exitCode(summary), 1);
    assert.deepEqual(
      summary.notebooks.map(({ failure }) => failure?.kind ?? null).slice(3),
      fs.existsSync(path.join(process.cwd(), '.venv/share/jupyter/kernels/python3'))
        ? ['notebook-json', 'notebook-format', 'kernel-language']
        : ['notebook-json', 'notebook-format', 'kernel-unknown'],
    );
    assert.deepEqual(JSON.parse(workspace.read('summary.json')), summary);
    assert.match(workspace.read('00-good.ipynb'), /"fine\\n"/);
    assert.match(workspace.read('summary.md'), /\| 02-missed \| ❌ bound-missed /);
    const junit = workspace.read('junit.xml');
    assert.match(junit, /name="00-good" tests="3" failures="0"/);
    assert.match(junit, /&lt;boo&gt; &amp; &quot;more&quot;/);
    assert.match(junit, /accuracy is 0.5, promised at least 0.9/);
    assert.match(junit, /<skipped message="not-run"\/>/);
    // No partly written files, no lock left.
    assert.deepEqual(
      fs.readdirSync(workspace.out).filter((file) => /tmp|lock|write/.test(file)),
      [],
    );
  });

  test('pages of notebooks that are done are converted while another runs', async (t) => {
    if (!fs.existsSync(inWorkspace('.venv/bin/python'))) return t.skip('no Python environment');
    const workspace = new TestWorkspace({
      'a-short': fakeNotebook(['print fine']),
      'b-long': fakeNotebook(['forever']),
    });
    const stop = new AbortController();
    const page = path.join(workspace.cache.folder, 'html', 'a-short.html');
    const running = workspace.report('', stop.signal, { html: true, jobs: 2 });
    for (let wait = 0; wait < 600 && !fs.existsSync(page); wait++) {
      await new Promise((done) => setTimeout(done, 100));
    }
    assert.match(fs.readFileSync(page, 'utf8'), /fine/);
    stop.abort();
    const summary = await running;
    assert.deepEqual(statuses(summary), { 'a-short': 'passed', 'b-long': 'interrupted' });
    assert.match(workspace.read('a-short.html'), /fine/);
    return undefined;
  });

  test('a bound that is not judged is neither held nor missed, in every report', async () => {
    const value = { kind: 'bound', name: 'accuracy', value: 0.5, atLeast: 0.9, holds: null };
    const cells = [`event ${JSON.stringify(value)}`];
    const workspace = new TestWorkspace({ a: fakeNotebook(cells) });
    const summary = await workspace.report('--profile smoke');
    assert.equal(exitCode(summary), 0);
    assert.equal(summary.notebooks[0]!.bounds[0]!.holds, null);
    const junit = /name="accuracy at least 0\.9"[^>]*><skipped message="not judged"\/>/;
    assert.match(workspace.read('junit.xml'), junit);
    assert.match(workspace.read('summary.md'), /\| 1 bound not judged \|/);
    assert.match(resultTables(summary, 200), /0\.5 +at least 0\.9 +– not judged/);
    const [line] = finishedLines('a', { ...summary.notebooks[0]! } as never, false, '');
    assert.match(line!, /1 bound not judged/);
    for (const text of [workspace.read('summary.md'), resultTables(summary, 200), line!]) {
      assert.doesNotMatch(text, /held|missed/);
    }
    assert.match(boundsTable(summary.notebooks[0]!), /<span class="soft">– not judged<\/span>/);
  });

  test('only a missed bound is exit code 2', async () => {
    const workspace = new TestWorkspace({ a: fakeNotebook([bound(0.5)]) });
    assert.equal(exitCode(await workspace.report()), 2);
  });

  test('parameters reach the notebooks that declare them, wrong ones are refused first', async () => {
    const workspace = new TestWorkspace({
      a: fakeNotebook([parameters("let profile = 'quick'; let epochs = 0;"), 'print a']),
      b: fakeNotebook(['print b']),
    });
    await assert.rejects(workspace.report('-p epoch=3'), {
      code: 'parameter',
      message: /"epoch" is declared by none .* declared are profile, epochs/,
    });
    await assert.rejects(workspace.report('--epochs many'), { code: 'parameter' });
    await assert.rejects(workspace.report('c'), { code: 'usage', message: /there are a, b/ });
    assert.ok(!fs.existsSync(workspace.out));
    const summary = await workspace.report('--epochs 3 --profile smoke');
    assert.deepEqual(summary.notebooks[0]!.parameters, { profile: 'smoke', epochs: 3 });
    assert.match(workspace.read('a.ipynb'), /let epochs: number = 3/);
  });

  test('profiles.yaml overrides the notebook, and the command line overrides both', async () => {
    const workspace = new TestWorkspace({
      a: fakeNotebook([parameters('let epochs = 12; let seed = 1;'), 'print a']),
    });
    const profiles = path.join(workspace.folder, 'profiles.yaml');
    fs.writeFileSync(profiles, 'a: { smoke: { epochs: 1 }, full: { epochs: 22, seed: 3 } }');
    const of = async (options: string) =>
      (await workspace.report(options)).notebooks[0]!.parameters;
    assert.deepEqual(await of('--profile smoke'), { epochs: 1, seed: 1 });
    assert.deepEqual(await of('--profile full -p seed=7'), { epochs: 22, seed: 7 });
    assert.deepEqual(await of('--force'), { epochs: 12, seed: 1 });
    fs.writeFileSync(profiles, 'a: { smoke: { steps: 1 } }');
    await assert.rejects(workspace.report('--profile smoke'), {
      code: 'parameter',
      message: /sets "steps" of a in smoke, but the notebook declares epochs, seed/,
    });
  });

  test("the summary notebook gets the folder of this run's metrics", async () => {
    const cells = [parameters("let summaryFile = 'reports/summary.json';"), 'print a'];
    const workspace = new TestWorkspace({ a: fakeNotebook(cells) });
    const summary = await workspace.report();
    const summaryFile = path.join(workspace.out, 'summary.json');
    assert.deepEqual(summary.notebooks[0]!.parameters, { summaryFile });
  });

  test('several seeds show their spread, and one that misses a bound misses it', async () => {
    const cells = [parameters('let seed = 1;'), bound(0.95)];
    const workspace = new TestWorkspace({ a: fakeNotebook(cells), b: fakeNotebook([bound(1)]) });
    const summary = await workspace.report('--seeds 3');
    const [a, b] = summary.notebooks;
    assert.deepEqual(
      a!.seeds.map(({ parameters, notebook }) => [parameters['seed'], notebook]),
      [
        [1, 'a.ipynb'],
        [2, 'a.seed-2.ipynb'],
        [3, 'a.seed-3.ipynb'],
      ],
    );
    const { name, runs, min, max } = a!.spread[0]!;
    assert.deepEqual([name, runs, min, max], ['accuracy', 3, 0.95, 0.95]);
    assert.deepEqual(b!.seeds, []);
  });

  test('notebooks side by side', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const cells = ['wait 300', 'print done'];
    const notebooks = names.map((name) => [name, fakeNotebook(cells)]);
    const workspace = new TestWorkspace(Object.fromEntries(notebooks));
    const summary = await workspace.report('--jobs 4');
    assert.deepEqual(Object.keys(statuses(summary)), names);
    const order = workspace.events.map(({ event }) => event);
    assert.ok(order.indexOf('finished') > order.lastIndexOf('started'));
  });

  test('threads are divided between parallel notebooks, and not for a single one', async () => {
    const notebook = fakeNotebook(['env OMP_NUM_THREADS']);
    const workspace = new TestWorkspace({ a: notebook, b: notebook });
    await workspace.report('--jobs 9');
    const share = Math.max(1, Math.floor(os.cpus().length / 2));
    assert.ok(workspace.read('a.ipynb').includes(`OMP_NUM_THREADS=${share}.`));
    await workspace.report('a --jobs 9 --force');
    const own = process.env['OMP_NUM_THREADS'] ?? '';
    assert.ok(workspace.read('a.ipynb').includes(`OMP_NUM_THREADS=${own}.`));
  });

  test('notebooks are distributed over several GPUs', async () => {
    const notebook = fakeNotebook(['env CUDA_VISIBLE_DEVICES', 'wait 200']);
    const workspace = new TestWorkspace({ a: notebook, b: notebook, c: notebook });
    await workspace.report('--jobs 3', undefined, { gpus: ['0', '3'] });
    const cards = ['a', 'b', 'c'].map(
      (name) => /CUDA_VISIBLE_DEVICES=(\d?)\./.exec(workspace.read(`${name}.ipynb`))![1]!,
    );
    assert.deepEqual(cards, ['0', '3', '0']);
    await workspace.report('a --force');
    assert.match(workspace.read('a.ipynb'), /CUDA_VISIBLE_DEVICES=\./);
  });
});

describe('needs', () => {
  test('come first, also when they were not asked for', async () => {
    const workspace = new TestWorkspace({
      a: fakeNotebook(['print a'], { needs: ['c'] }),
      b: fakeNotebook(['print b']),
      c: fakeNotebook(['print c']),
    });
    const summary = await workspace.report('a');
    assert.deepEqual(Object.keys(statuses(summary)), ['c', 'a']);
  });

  test('that failed keep what needs them from running', async () => {
    const workspace = new TestWorkspace({
      a: fakeNotebook(['print a'], { needs: ['b'] }),
      b: fakeNotebook(['throw boo']),
    });
    const summary = await workspace.report();
    assert.deepEqual(statuses(summary), { b: 'failed', a: 'not-run' });
    assert.match(summary.notebooks[1]!.failure!.message, /needs "b", which is failed/);
  });

  test('in a cycle, or missing, are errors', async () => {
    const workspace = new TestWorkspace({
      a: fakeNotebook(['1'], { needs: ['b'] }),
      b: fakeNotebook(['1'], { needs: ['a'] }),
      c: fakeNotebook(['1'], { needs: ['d'] }),
    });
    await assert.rejects(workspace.report('a'), { message: /cycle: a → b → a/ });
    await assert.rejects(workspace.report('c'), { message: /c needs "d"/ });
  });
});

describe('the cache', () => {
  test('is used for unchanged notebooks, and gives the reason otherwise', async () => {
    const workspace = new TestWorkspace({
      a: fakeNotebook([parameters('let lr = 0.1;'), 'print a']),
      b: fakeNotebook(['print b'], { needs: ['a'] }),
      c: fakeNotebook(['throw boo']),
    });
    await workspace.report();
    assert.equal(workspace.reasons()['a'], 'there is no earlier successful run');

    const second = await workspace.report();
    assert.deepEqual(
      second.notebooks.map(({ name, cached }) => [name, cached]),
      [
        ['a', true],
        ['b', true],
        ['c', false],
      ],
    );
    assert.match(workspace.read('a.ipynb'), /"a\\n"/);

    await workspace.report('-p lr=0.2');
    assert.equal(workspace.reasons()['a'], 'never passed with these parameters');
    assert.equal(workspace.reasons()['b'], 'a ran again');
    await workspace.report('a --force');
    assert.equal(workspace.reasons()['a'], '--force');
    workspace.write('a', fakeNotebook([parameters('let lr = 0.1;'), 'print other']));
    await workspace.report('a');
    assert.equal(workspace.reasons()['a'], 'its code changed');
  });

  test('is not used for what other kernels of oneDNN or TensorFlow computed', async (context) => {
    const before = process.env['ONEDNN_MAX_CPU_ISA'];
    context.after(() => {
      if (before === undefined) delete process.env['ONEDNN_MAX_CPU_ISA'];
      else process.env['ONEDNN_MAX_CPU_ISA'] = before;
    });
    const workspace = new TestWorkspace({ a: fakeNotebook(['print a']) });
    await workspace.report();
    process.env['ONEDNN_MAX_CPU_ISA'] = 'SSE41';
    const emulated = await workspace.report();
    assert.equal(emulated.notebooks[0]!.cached, false);
    assert.match(
      workspace.reasons()['a']!,
      /^ONEDNN_MAX_CPU_ISA or TF_ENABLE_ONEDNN_OPTS changed$/,
    );
    const again = await workspace.report();
    assert.equal(again.notebooks[0]!.cached, true);
  });

  test('ignores Markdown changes, and shows the new text', async () => {
    const workspace = new TestWorkspace({ a: fakeNotebook(['print a']) });
    await workspace.report();
    const changed = fakeNotebook(['print a']);
    changed.cells.unshift({ id: 't', cell_type: 'markdown', metadata: {}, source: '# New' });
    workspace.write('a', changed);
    const summary = await workspace.report();
    assert.equal(summary.notebooks[0]!.cached, true);
    assert.equal(summary.notebooks[0]!.title, 'New');
    assert.match(workspace.read('a.ipynb'), /# New[\s\S]*"a\\n"/);
  });

  test('knows the duration of an earlier run with these parameters, after any change', async () => {
    const workspace = new TestWorkspace({ a: fakeNotebook([parameters('let lr = 0.1;')]) });
    const { notebooks } = await workspace.report();
    workspace.write('a', fakeNotebook([parameters('let lr = 0.1;'), 'throw boo']));
    await workspace.report();
    assert.equal(workspace.cache.secondsOf('a', { lr: 0.1 }), notebooks[0]!.seconds);
    assert.equal(workspace.cache.secondsOf('a', { lr: 0.2 }), undefined);
    assert.equal(workspace.cache.secondsOf('b', { lr: 0.1 }), undefined);
  });

  test('starts with the longest notebook, by their own estimates where none has run yet', async () => {
    const print = (seconds?: number) => fakeNotebook(['print a'], { seconds });
    const workspace = new TestWorkspace({ a: print(1), b: print(20), c: print(300) });
    await workspace.report('--jobs 2');
    assert.deepEqual(Object.keys(workspace.reasons()), ['c', 'b', 'a']);
  });

  test('--resume: trainings of a run that failed are kept, and found where only cells changed', async () => {
    const print = 'env GRADBOOK_RESUME;env GRADBOOK_KEPT_TRAININGS';
    const workspace = new TestWorkspace({ a: fakeNotebook([print, 'throw boo']) });
    const said = () => {
      const [, resumes, folder] = /RESUME=(1?)\.[\s\S]*?TRAININGS=([^"]*)\./.exec(
        workspace.read('a.ipynb'),
      )!;
      return { resumes: resumes === '1', folder: folder! };
    };
    await workspace.report();
    const first = said();
    assert.equal(first.resumes, false);
    fs.mkdirSync(first.folder, { recursive: true });
    fs.writeFileSync(path.join(first.folder, 'b.state'), 'kept');

    workspace.write('a', fakeNotebook([print, 'throw other']));
    await workspace.report('--resume');
    assert.deepEqual(said(), { resumes: true, folder: first.folder });
    assert.ok(fs.existsSync(path.join(first.folder, 'b.state')));

    workspace.write('a', fakeNotebook([print, 'print fine']));
    await workspace.report('--resume');
    assert.ok(!fs.existsSync(path.dirname(first.folder)), 'not needed after a green run');

    fs.mkdirSync(first.folder, { recursive: true });
    workspace.write('a', fakeNotebook([print, 'throw boo']));
    await workspace.report();
    assert.ok(!fs.existsSync(first.folder), 'not asked for');
  });

  test('a damaged entry is ignored', async () => {
    const workspace = new TestWorkspace({ a: fakeNotebook(['print a']) });
    await workspace.report();
    const folder = path.join(workspace.cache.folder, 'a');
    for (const file of fs.readdirSync(folder)) {
      fs.truncateSync(path.join(folder, file), 20);
    }
    const summary = await workspace.report();
    assert.deepEqual([summary.status, summary.notebooks[0]!.cached], ['passed', false]);
  });
});

describe('an interrupted run', () => {
  test('an interrupt keeps what is done; the next call continues', async () => {
    const workspace = new TestWorkspace({
      a: fakeNotebook(['print a']),
      b: fakeNotebook(['print begun;wait 3000', 'print b']),
      c: fakeNotebook(['print c']),
    });
    const controller = new AbortController();
    const timer = setInterval(() => {
      const cells = workspace.events.filter(({ event }) => event === 'cell');
      if (cells.some(({ notebook }) => notebook === 'b')) controller.abort();
    }, 50);
    const summary = await workspace.report('', controller.signal);
    clearInterval(timer);
    assert.deepEqual([summary.status, exitCode(summary)], ['interrupted', 130]);
    assert.deepEqual(summary.missing, ['b', 'c']);
    const next = await workspace.report();
    assert.deepEqual(
      next.notebooks.map(({ status, cached }) => [status, cached]),
      [
        ['passed', true],
        ['passed', false],
        ['passed', false],
      ],
    );
  });

  test('--fail-fast names what is missing', async () => {
    const workspace = new TestWorkspace({
      a: fakeNotebook(['throw boo']),
      b: fakeNotebook(['print b']),
    });
    const summary = await workspace.report('--fail-fast');
    assert.deepEqual([summary.status, summary.missing], ['failed', ['b']]);
  });

  test('a folder that cannot be written is an error before the work', async () => {
    const workspace = new TestWorkspace({ a: fakeNotebook(['print a']) });
    fs.writeFileSync(workspace.out, 'a file, where a folder is needed');
    await assert.rejects(workspace.report(), { code: 'output-write', message: /--out/ });
    assert.deepEqual(workspace.events, []);
  });

  test('a missing Chromium is an error before the work', async () => {
    const workspace = new TestWorkspace({ a: fakeNotebook(['print a']) });
    const wish = { html: true, pdf: true, chromium: '/nowhere/chromium' };
    await assert.rejects(workspace.report('', undefined, wish), { code: 'usage' });
    assert.deepEqual(workspace.events, []);
  });

  test('two runners do not write to one folder at once', async () => {
    const workspace = new TestWorkspace({ a: fakeNotebook(['wait 500']) });
    const first = workspace.report();
    await assert.rejects(workspace.report(), { code: 'busy', message: /process \d+ has been/ });
    assert.equal((await first).status, 'passed');
  });

  test('a stale lock is taken over', async () => {
    const workspace = new TestWorkspace({ a: fakeNotebook(['print a']) });
    fs.mkdirSync(workspace.out);
    const since = new Date(0).toISOString();
    fs.writeFileSync(path.join(workspace.out, '.lock'), JSON.stringify({ pid: 2 ** 22, since }));
    assert.equal((await workspace.report()).status, 'passed');
  });
});
