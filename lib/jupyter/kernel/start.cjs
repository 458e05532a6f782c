// The kernel's entry point, named by the kernel spec:
// `node --no-force-async-hooks-checks start.cjs {connection_file}`; the link thread starts here as
// well. TypeScript modules are compiled on the way by tsx, as in the tests.
const path = require('node:path');
const { isMainThread } = require('node:worker_threads');

if (isMainThread) process.chdir(path.resolve(__dirname, '..', '..', '..'));
require('tsx/cjs');
if (isMainThread) {
  // Jupyter names the process that asked for the kernel; it may not be the one that started it.
  const parent = Number(process.env['JPY_PARENT_PID']) || process.ppid;
  require('./kernel').startKernel({
    entry: __filename,
    connectionFile: process.argv[2] ?? '',
    parent,
  });
} else {
  require('./link').startLink();
}
