// Trains a small network from a seed and prints a hash of its final weights.
import { setSeed } from '../../lib/runtime';
import { trainedHash } from './determinism-training';

async function main(): Promise<void> {
  setSeed(3);
  console.log(await trainedHash(9));
}

void main();
