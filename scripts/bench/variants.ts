import { findKernelSpec, kernelVariables } from '../../lib/jupyter';

/** The variants: this workspace, stock tfjs, and others, each in its precisions. */
export interface Variant {
  runner: 'tfjs' | 'keras' | 'torch';
  /** Short description. */
  about: string;
  /** Precision of `train` and others; only for this workspace. */
  precision?: 'float32' | 'tf32' | 'bfloat16';
  env?: Record<string, string>;
  /** Tasks that it has. Default: all. */
  tasks?: readonly string[];
}

/** This workspace, with the variables that its notebooks' kernel has. */
function ours(precision: Variant['precision'], about: string): Variant {
  return { runner: 'tfjs', about, precision, env: kernelVariables(findKernelSpec('gradbook')) };
}

const learning = ['train', 'segment', 'fineTune', 'predict', 'latency'];

export const variants: Record<string, Variant> = {
  stock: { runner: 'tfjs', about: 'tfjs without native ops' },
  ours: ours('float32', 'this workspace, float32'),
  'ours-tf32': ours('tf32', 'on a GPU, products in TF32'),
  'ours-bfloat16': ours('bfloat16', 'products in bfloat16'),
  keras: { runner: 'keras', about: 'Keras with its defaults', tasks: learning },
  'keras-onednn': {
    runner: 'keras',
    about: 'Keras with TF_ENABLE_ONEDNN_OPTS=1',
    env: { TF_ENABLE_ONEDNN_OPTS: '1' },
    tasks: learning,
  },
  'keras-bfloat16': { runner: 'keras', about: 'Keras, mixed_bfloat16', tasks: learning },
  torch: { runner: 'torch', about: 'PyTorch, float32' },
  'torch-channels-last': { runner: 'torch', about: 'PyTorch, float32, channels_last' },
  'torch-tf32': { runner: 'torch', about: 'PyTorch on a GPU, TF32, channels_last' },
  'torch-bfloat16': { runner: 'torch', about: 'PyTorch, autocast, channels_last' },
  'torch-compile': { runner: 'torch', about: 'PyTorch, torch.compile', tasks: learning },
};

/** The default variants of a device. */
export function defaultVariants(device: 'CPU' | 'GPU'): string[] {
  const card = device === 'GPU';
  return [
    ...(card ? [] : ['stock']),
    'ours',
    ...(card ? ['ours-tf32'] : []),
    'ours-bfloat16',
    'keras',
    'keras-bfloat16',
    'torch',
    'torch-channels-last',
    ...(card ? ['torch-tf32'] : []),
    'torch-bfloat16',
  ];
}
