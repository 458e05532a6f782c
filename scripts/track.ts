// `npm run track`: sends runs of MLflow's file store to a server. `--help` tells the rest.
import { environment, GradbookError, inWorkspace } from '../lib/runtime';
import { MlflowServer, sendRun, serverOf, trackingTarget, unsentRuns } from '../lib/tracking';
import { commandLine } from './command-line';

const usage = `npm run track [-- RUN…]

Sends runs of MLflow from the folder mlruns to the server at MLFLOW_TRACKING_URI, or else to the one
that they were meant for: those that it does not have yet, or not all of. What is on the server already
is not sent again.

RUN  folder of a run, such as mlruns/EXPERIMENT/RUN: sent whether it was meant for a server or not`;

async function main(): Promise<number> {
  const { values, positionals } = commandLine('track', {
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const { server, store } = trackingTarget();
  if (environment().mlflow.trackingUri !== undefined && server === undefined) {
    throw new GradbookError(
      `MLFLOW_TRACKING_URI ${store} is a folder: set it to a server, such as http://127.0.0.1:5000`,
      'bad-option',
    );
  }
  const chosen = positionals.map((folder) => inWorkspace(folder));
  const folders = chosen.length > 0 ? chosen : unsentRuns(store);
  if (folders.length === 0) console.log(`no run in ${store} waits for a server`);
  for (const folder of folders) {
    const uri = server ?? serverOf(folder);
    if (uri === undefined) {
      throw new GradbookError(
        `${folder} was meant for no server: set MLFLOW_TRACKING_URI, such as http://127.0.0.1:5000`,
        'bad-option',
      );
    }
    const target = new MlflowServer(uri);
    console.log(`${folder} → ${target.uri}, run ${await sendRun(folder, target)}`);
  }
  return 0;
}

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(error instanceof GradbookError ? `track: ${error.message}` : error);
    process.exit(error instanceof GradbookError && error.code === 'bad-option' ? 2 : 1);
  },
);
