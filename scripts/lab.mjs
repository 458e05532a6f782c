#!/usr/bin/env node
// JupyterLab for this workspace: on the loopback interface, with a token, only with the workspace's
// kernel.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { cleanEnvironment } from './setup/command.mjs';
import { writeWhole } from './setup/files.mjs';
import { inWorkspace, root, venvPython } from './setup/workspace.mjs';

const help = `usage: npm run lab -- [options]

Starts JupyterLab on 127.0.0.1 and opens notebooks/ in the browser. Ctrl-C ends it and its kernels.

  --port N       the port, or the next free one if it is in use (8888)
  --no-browser   only print the address
  --help         show this`;

/** JupyterLab's settings where the user has not chosen others. */
const settings = {
  // No dialogs at the start.
  '@jupyterlab/apputils-extension:notification': { fetchNews: 'false', checkForUpdates: false },
  // Its timeout is one second by default, and a kernel that has just loaded `lib`'s types needs
  // more.
  '@jupyterlab/completer-extension:manager': { providerTimeout: 20_000 },
};

/** @param {{ port: string, browser: boolean }} options */
function labArguments({ port, browser }) {
  return [
    ...['-m', 'jupyterlab'],
    '--ServerApp.ip=127.0.0.1',
    `--ServerApp.port=${port}`,
    `--ServerApp.root_dir=${root}`,
    `--ServerApp.open_browser=${browser ? 'True' : 'False'}`,
    '--LabApp.default_url=/lab/tree/notebooks',
    // Only the workspace's kernel, although the environment and the user may have others.
    "--KernelSpecManager.allowed_kernelspecs={'gradbook'}",
    '--KernelSpecManager.ensure_native_kernel=False',
    '--MultiKernelManager.default_kernel_name=gradbook',
    // No news and no check for updates: no network access.
    '--LabApp.news_url=None',
    // Ctrl-C ends it without a question.
    '--ServerApp.answer_yes=True',
    // Required for root, as which containers run.
    ...(process.getuid?.() === 0 ? ['--allow-root'] : []),
  ];
}

/** @param {{ port: string, browser: boolean }} options */
function start(options) {
  const overrides = inWorkspace('.venv', 'share', 'jupyter', 'lab', 'settings', 'overrides.json');
  writeWhole(overrides, `${JSON.stringify(settings, undefined, 2)}\n`);
  const env = {
    ...cleanEnvironment(),
    JUPYTER_PREFER_ENV_PATH: '1',
    PATH: `${inWorkspace('.venv', 'bin')}:${process.env['PATH']}`,
  };
  const lab = spawn(venvPython, labArguments(options), {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  // A terminal sends Ctrl-C to JupyterLab as well; `kill` does not. In both cases this process
  // waits until JupyterLab has ended its kernels.
  let interrupted = false;
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      interrupted = true;
      lab.kill('SIGTERM');
    });
  }
  lab.on('error', (error) => {
    console.error(`lab: JupyterLab did not start (${error.message}). Run: npm run doctor`);
    process.exitCode = 1;
  });
  lab.on('exit', (code) => {
    process.exitCode = interrupted ? 0 : (code ?? 1);
  });
}

function main() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8888' },
      'no-browser': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(help);
    return;
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new Error(`--port ${values.port}: give an integer from 0 to 65535`);
  }
  start({ port: values.port, browser: !values['no-browser'] });
}

try {
  main();
} catch (error) {
  console.error(`lab: ${/** @type {Error} */ (error).message}\n\n${help}`);
  process.exitCode = 2;
}
