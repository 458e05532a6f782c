import * as path from 'node:path';
import { inWorkspace } from './root';

/** Settings by environment variables. Nothing else in `lib` reads `process.env`. */
export interface Environment {
  /** `GRADBOOK_DATA`: folder of the data set. Default `data/pokemon` of the workspace. */
  dataDir: string;
  /** `GRADBOOK_CACHE`: folder of features, weights and checkpoints. Default `.cache` of the workspace. */
  cacheDir: string;
  /** `GRADBOOK_MODELS`: folder of the networks that `saveModel` keeps. Default `models` in `cacheDir`. */
  modelsDir: string;
  /** `GRADBOOK_WEIGHTS`: your own MobileNet weights: a tfjs model folder or a Keras `.h5`. */
  weights: string | undefined;
  /** `GRADBOOK_KEPT_TRAININGS`: where a headless run keeps long trainings; undefined for none. */
  keptTrainings: string | undefined;
  /** `GRADBOOK_RESUME=1`: trainings kept by an earlier run are continued. */
  resumes: boolean;
  /** `GRADBOOK_PROGRESS=plain`: progress as log lines, without updates in place. */
  plainProgress: boolean;
  /** `GRADBOOK_PROFILE`: the profile of the headless runner; undefined in JupyterLab. */
  profile: string | undefined;
  /** `GRADBOOK_HISTORY=off`: a kernel's inputs are not kept for later kernels. */
  history: boolean;
  /**
   * `TF_DETERMINISTIC_OPS`: on a GPU, only kernels that give the same bits each time. Default true;
   * `0` or `false` turns it off. Read when TensorFlow is loaded.
   */
  deterministicOps: boolean;
  /**
   * `ONEDNN_MAX_CPU_ISA`, the highest instruction set that oneDNN may use, and
   * `TF_ENABLE_ONEDNN_OPTS` (default 0): TensorFlow and oneDNN compute with other kernels, and round
   * otherwise, where these are set.
   */
  kernels: string;
  /** `CUDA_VISIBLE_DEVICES`: the GPUs that CUDA may use, such as `0,2`; undefined for all. */
  visibleCards: string | undefined;
  /** Where and how MLflow's runs are written; the variables are MLflow's own. */
  mlflow: MlflowEnvironment;
  /** `CI` is set to something other than `false` or `0`. */
  ci: boolean;
}

export interface MlflowEnvironment {
  /** `MLFLOW_TRACKING_URI`: a folder, or a server such as `http://host:5000`. */
  trackingUri: string | undefined;
  /** `MLFLOW_EXPERIMENT_NAME`. */
  experiment: string | undefined;
  /** `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD`, for a server that asks for them. */
  username: string | undefined;
  password: string | undefined;
  /** `MLFLOW_TRACKING_TOKEN`, which goes before a name and password. */
  token: string | undefined;
}

/** Reads the environment at every call, so that tests and notebooks may change it. */
export function environment(): Environment {
  const { env } = process;
  const cacheDir = inWorkspace(env['GRADBOOK_CACHE'] || '.cache');
  return {
    dataDir: inWorkspace(env['GRADBOOK_DATA'] || 'data/pokemon'),
    cacheDir,
    modelsDir: env['GRADBOOK_MODELS']
      ? inWorkspace(env['GRADBOOK_MODELS'])
      : path.join(cacheDir, 'models'),
    weights: env['GRADBOOK_WEIGHTS'] ? inWorkspace(env['GRADBOOK_WEIGHTS']) : undefined,
    keptTrainings: env['GRADBOOK_KEPT_TRAININGS'] || undefined,
    resumes: env['GRADBOOK_RESUME'] === '1',
    plainProgress: env['GRADBOOK_PROGRESS'] === 'plain',
    profile: env['GRADBOOK_PROFILE'] || undefined,
    history: env['GRADBOOK_HISTORY'] !== 'off',
    deterministicOps: !['0', 'false'].includes(env['TF_DETERMINISTIC_OPS'] ?? ''),
    kernels: `${env['ONEDNN_MAX_CPU_ISA'] || 'all'} ${env['TF_ENABLE_ONEDNN_OPTS'] || '0'}`,
    visibleCards: env['CUDA_VISIBLE_DEVICES'],
    mlflow: {
      trackingUri: env['MLFLOW_TRACKING_URI'] || undefined,
      experiment: env['MLFLOW_EXPERIMENT_NAME'] || undefined,
      username: env['MLFLOW_TRACKING_USERNAME'] || undefined,
      password: env['MLFLOW_TRACKING_PASSWORD'] || undefined,
      token: env['MLFLOW_TRACKING_TOKEN'] || undefined,
    },
    ci: !['', 'false', '0'].includes(env['CI'] ?? ''),
  };
}
