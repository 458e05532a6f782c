import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { GradbookError, inWorkspace } from '../../runtime';

/** How a kernel is started. */
export interface KernelSpec {
  name: string;
  displayName: string;
  language: string;
  /** `{connection_file}` is replaced by the connection file. */
  argv: readonly string[];
  /** Whether it is interrupted by a message or by SIGINT. */
  interruptMode: 'message' | 'signal';
  /** Variables of its process, added to the runner's own. `${NAME}` is replaced by the runner's. */
  env?: Readonly<Record<string, string>>;
}

/** Folders in which Jupyter looks for kernel specs, the workspace's own first. */
function specFolders(): string[] {
  return [
    inWorkspace('.venv/share/jupyter/kernels'),
    path.join(os.homedir(), '.local/share/jupyter/kernels'),
    path.join(os.homedir(), 'Library/Jupyter/kernels'),
    '/usr/local/share/jupyter/kernels',
    '/usr/share/jupyter/kernels',
  ];
}

/** The workspace's own kernel, whether or not Jupyter knows of it. */
const ownKernel: KernelSpec = {
  name: 'gradbook',
  displayName: 'TypeScript (gradbook)',
  language: 'typescript',
  argv: [
    process.execPath,
    '--no-force-async-hooks-checks',
    inWorkspace('lib/jupyter/kernel/start.cjs'),
    '{connection_file}',
  ],
  interruptMode: 'message',
  // As in scripts/setup/kernel.mjs, which says why.
  env: { MALLOC_ARENA_MAX: '1' },
};

/** The variables of a kernel's process with those of this process filled in, as Jupyter does. */
export function kernelVariables({ env = {} }: KernelSpec): Record<string, string> {
  const fill = (text: string) =>
    text.replace(/\$\{(\w+)\}/g, (found, name: string) => process.env[name] ?? found);
  return Object.fromEntries(Object.entries(env).map(([name, text]) => [name, fill(text)]));
}

/**
 * Finds the kernel a notebook names.
 *
 * @throws GradbookError `kernel-unknown` when it is not installed, `kernel-language` when its
 *   language is not TypeScript or JavaScript
 */
export function findKernelSpec(name: string, folders = specFolders()): KernelSpec {
  if (name === ownKernel.name) return ownKernel;
  for (const folder of folders) {
    const file = path.join(folder, name, 'kernel.json');
    if (!fs.existsSync(file)) continue;
    const spec = JSON.parse(fs.readFileSync(file, 'utf8'));
    const language = String(spec.language ?? '').toLowerCase();
    if (!['typescript', 'javascript'].includes(language)) {
      throw new GradbookError(
        `the language of kernel "${name}" is ${spec.language}; the runner executes TypeScript notebooks. ` +
          'Choose the kernel "gradbook" in the notebook, or run it with papermill.',
        'kernel-language',
      );
    }
    return {
      name,
      displayName: spec.display_name ?? name,
      language,
      argv: spec.argv,
      interruptMode: spec.interrupt_mode === 'message' ? 'message' : 'signal',
      env: spec.env ?? {},
    };
  }
  throw new GradbookError(
    `kernel "${name}" is not installed (looked in ${folders.join(', ')}). ` +
      'Choose the kernel "gradbook" in the notebook, or install that one.',
    'kernel-unknown',
  );
}
