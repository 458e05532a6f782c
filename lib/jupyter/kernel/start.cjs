// The kernel's entry point, named by the kernel spec:
// `node --no-force-async-hooks-checks start.cjs {connection_file}`; also the entry point of the
// link thread. TypeScript modules are compiled by tsx, as in the tests.
const path = require('node:path');
const { isMainThread } = require('node:worker_threads');

if (isMainThread) process.chdir(path.resolve(__dirname, '..', '..', '..'));
require('tsx/cjs');
if (isMainThread) {
  // Jupyter gives the process that requested the kernel; it may not be the one that started it.
  const parent = Number(process.env['JPY_PARENT_PID']) || process.ppid;
  require('./kernel').startKernel({
    entry: __filename,
    connectionFile: process.argv[2] ?? '',
    parent,
  });
} else {
  require('./link').startLink();
}
