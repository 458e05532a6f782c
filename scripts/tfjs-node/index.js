// danfojs-node depends on @tensorflow/tfjs-node. A second tfjs in one process would have separate
// tensors, kernels and seed, so this package re-exports the engine of the workspace.
module.exports = require('@tensorflow/tfjs-node-gpu');
