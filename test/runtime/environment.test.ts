import * as assert from 'node:assert/strict';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { environment, inWorkspace, root } from '../../lib/runtime';

const names = [
  'GRADBOOK_DATA',
  'GRADBOOK_CACHE',
  'GRADBOOK_MODELS',
  'GRADBOOK_WEIGHTS',
  'GRADBOOK_PROGRESS',
  'GRADBOOK_KEPT_TRAININGS',
  'GRADBOOK_RESUME',
  'TF_DETERMINISTIC_OPS',
  'ONEDNN_MAX_CPU_ISA',
  'TF_ENABLE_ONEDNN_OPTS',
  'CUDA_VISIBLE_DEVICES',
  'MLFLOW_TRACKING_URI',
  'MLFLOW_EXPERIMENT_NAME',
  'MLFLOW_TRACKING_USERNAME',
  'MLFLOW_TRACKING_PASSWORD',
  'MLFLOW_TRACKING_TOKEN',
  'CI',
];

describe('environment', () => {
  const kept = new Map<string, string | undefined>();
  beforeEach(() => {
    for (const name of names) {
      kept.set(name, process.env[name]);
      delete process.env[name];
    }
  });
  afterEach(() => {
    for (const [name, value] of kept) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  it('has defaults inside the workspace', () => {
    assert.deepEqual(environment(), {
      dataDir: path.join(root, 'data', 'pokemon'),
      cacheDir: path.join(root, '.cache'),
      modelsDir: path.join(root, '.cache', 'models'),
      weights: undefined,
      keptTrainings: undefined,
      resumes: false,
      plainProgress: false,
      history: true,
      profile: undefined,
      deterministicOps: true,
      kernels: 'all 0',
      visibleCards: undefined,
      mlflow: {
        trackingUri: undefined,
        experiment: undefined,
        username: undefined,
        password: undefined,
        token: undefined,
      },
      ci: false,
    });
  });

  it('takes what is set, absolute or from the workspace, at every call', () => {
    process.env['GRADBOOK_DATA'] = '/somewhere/else';
    process.env['GRADBOOK_CACHE'] = 'scratch';
    process.env['GRADBOOK_WEIGHTS'] = 'mobilenet.h5';
    process.env['GRADBOOK_PROGRESS'] = 'plain';
    process.env['TF_DETERMINISTIC_OPS'] = '0';
    process.env['ONEDNN_MAX_CPU_ISA'] = 'AVX2';
    process.env['TF_ENABLE_ONEDNN_OPTS'] = '1';
    process.env['CUDA_VISIBLE_DEVICES'] = '0,2';
    process.env['GRADBOOK_KEPT_TRAININGS'] = '/somewhere/trainings';
    process.env['GRADBOOK_RESUME'] = '1';
    process.env['MLFLOW_TRACKING_URI'] = 'http://127.0.0.1:5000';
    process.env['MLFLOW_EXPERIMENT_NAME'] = 'nets';
    process.env['MLFLOW_TRACKING_USERNAME'] = 'ann';
    process.env['MLFLOW_TRACKING_PASSWORD'] = 'secret';
    process.env['MLFLOW_TRACKING_TOKEN'] = 'token';
    process.env['CI'] = 'true';
    assert.deepEqual(environment(), {
      dataDir: '/somewhere/else',
      cacheDir: inWorkspace('scratch'),
      modelsDir: inWorkspace('scratch/models'),
      weights: inWorkspace('mobilenet.h5'),
      keptTrainings: '/somewhere/trainings',
      resumes: true,
      plainProgress: true,
      history: true,
      profile: undefined,
      deterministicOps: false,
      kernels: 'AVX2 1',
      visibleCards: '0,2',
      mlflow: {
        trackingUri: 'http://127.0.0.1:5000',
        experiment: 'nets',
        username: 'ann',
        password: 'secret',
        token: 'token',
      },
      ci: true,
    });
    process.env['CI'] = 'false';
    process.env['GRADBOOK_MODELS'] = 'networks';
    assert.equal(environment().modelsDir, inWorkspace('networks'));
    assert.equal(environment().ci, false);
  });
});
