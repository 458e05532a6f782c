import { interrupt } from '../runtime';

/** Starts tslab on the sockets that Jupyter's connection file names. */
export function startKernel(connectionFile: string): void {
  // Before tslab's own listener, so that training hears of an interrupt first.
  process.on('SIGINT', interrupt);
  const tslab = require('tslab/dist/main.js');
  tslab.startKernel({
    configPath: connectionFile,
    enableFindLocal: false,
    jsKernel: false,
    globalVersion: '',
  });
}
