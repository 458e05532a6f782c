// danfojs-node asks for @tensorflow/tfjs-node. A second tfjs in one process would have tensors,
// kernels and a seed of its own, so this package hands it the engine the workspace already uses.
module.exports = require('@tensorflow/tfjs-node-gpu');
