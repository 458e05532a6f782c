import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, test } from 'node:test';
import { root } from '../../lib/runtime';
import { MlflowRun } from '../../lib/tracking';
import { temporaryFolder } from '../temporary-folder';
import { FakeMlflow } from '../tracking/fake-server';

const folder = temporaryFolder('gradbook-track');
after(() => fs.rmSync(folder, { recursive: true }));

/** Runs the command; the server answers meanwhile. */
function track(uri: string | undefined, ...args: string[]) {
  const { MLFLOW_TRACKING_URI: _, ...env } = process.env;
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', path.join(root, 'scripts', 'track.ts'), ...args],
    { cwd: root, env: { ...env, ...(uri === undefined ? {} : { MLFLOW_TRACKING_URI: uri }) } },
  );
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => {
    said.stdout += text;
  });
  child.stderr.on('data', (text) => {
    said.stderr += text;
  });
  return new Promise<typeof said & { status: number | null }>((resolve) => {
    child.on('close', (status) => resolve({ ...said, status }));
  });
}

test('npm run track sends a run of the store, or says what is wrong', async () => {
  const server = new FakeMlflow();
  const address = await server.listen();
  const run = MlflowRun.start({ trackingUri: folder, name: 'net' });
  run.metric('loss', 1, 0, 10);
  run.end();
  const done = await track(address, run.folder);
  assert.equal(done.stderr, '');
  assert.equal(done.stdout, `${run.folder} → ${address}, run run-1\n`);
  assert.equal(done.status, 0);
  assert.deepEqual(server.logged('metrics'), [{ key: 'loss', value: 1, timestamp: 10, step: 0 }]);
  await server.close();

  const other = MlflowRun.start({ trackingUri: folder, name: 'other' });
  const [gone, nowhere, local] = await Promise.all([
    track(address, other.folder),
    track(undefined, other.folder),
    track(folder),
  ]);
  assert.equal(gone.status, 1);
  assert.match(gone.stderr, /^track: the MLflow server .* cannot be reached \(ECONNREFUSED\)$/m);
  assert.equal(nowhere.status, 2);
  assert.match(nowhere.stderr, /^track: .* was meant for no server: set MLFLOW_TRACKING_URI/m);
  assert.equal(local.status, 2);
  assert.match(local.stderr, /^track: MLFLOW_TRACKING_URI .* is a folder: set it to a server/m);
});
