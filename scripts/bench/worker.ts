// Runs one network of networks.json in tfjs and replies with one line of JSON to each command on
// stdin. Called by scripts/bench.ts: `worker.ts <network> <variant> <images> <batch>`. Commands:
// `run`, `end`.
import * as readline from 'node:readline';
import { useNativeOps } from '../../lib/ops';
import { engineInfo, setSeed, tf } from '../../lib/runtime';
import { allNetworks } from './networks';
import { oursWork } from './ours';
import { stockWork } from './stock';
import { variants } from './variants';

function answer(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function main(): Promise<void> {
  const [name, variant, images, batch] = process.argv.slice(2);
  const network = { ...allNetworks[name!]!, images: Number(images), batch: Number(batch) };
  const precision = variants[variant!]!.precision;
  useNativeOps(precision !== undefined);
  setSeed(1);
  const work = precision ? oursWork(network, precision) : stockWork(network);
  await work();
  const { tensorflow, tfjs, device } = engineInfo();
  answer({ versions: { tensorflow, tfjs, device } });
  const tensorsAtFirst = tf.memory().numTensors;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    if (line === 'end') break;
    const { seconds, cpuSeconds } = await work();
    answer({ seconds, cpuSeconds, images: network.images, bytes: process.memoryUsage.rss() });
  }
  answer({
    peakBytes: process.resourceUsage().maxRSS * 1024,
    tensorsLeft: tf.memory().numTensors - tensorsAtFirst,
  });
  process.exit(0);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
