// The kernel's entry point, named by the kernel spec: `node start.cjs {connection_file}`.
// TypeScript modules are compiled on the way by tsx, here as in the tests.
const path = require('node:path');

process.chdir(path.resolve(__dirname, '..', '..'));
require('tsx/cjs');
require('./kernel.ts').startKernel(process.argv[2]);
