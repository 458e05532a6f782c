// Compares training and inference in stock tfjs, in this workspace and in Keras, on one version of
// libtensorflow, in turns.
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { engineInfo, inWorkspace, writeFileAtomic } from '../lib/runtime';
import { kerasPython } from './bench/keras-environment';
import { allNetworks } from './bench/networks';
import { type Report, type Row, table } from './bench/report';
import { compare, type Variant } from './bench/turns';

const help = `usage: npm run bench -- [options]

Images a second, peak memory and tensors left for stock tfjs, for this workspace and for Keras on the
same TensorFlow: the variants take turns, so that a busy machine is unfair to none of them, and what
counts are the ratios. Writes reports/bench.json. With three repeats it takes about ten minutes on
two idle cores.

  --only a,b       networks: ${Object.keys(allNetworks).join(', ')}
  --variants a,b   stock, ours, keras, keras-onednn (Keras with TF_ENABLE_ONEDNN_OPTS=1);
                   default: stock, ours, keras
  --repeats n      turns of each variant, default 5
  --python file    a Python with keras and the same tensorflow-cpu; default: an environment that
                   is made in .engine/keras (about 1 GB, once)
  --help           show this`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    variants: { type: 'string', default: 'stock,ours,keras' },
    repeats: { type: 'string', default: '5' },
    python: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});

function chosen<T extends string>(value: string, known: readonly T[], what: string): T[] {
  const names = value.split(',').filter(Boolean);
  for (const name of names) {
    if (!known.includes(name as T)) {
      console.error(`no ${what} is called ${name}: there are ${known.join(', ')}`);
      process.exit(2);
    }
  }
  return names as T[];
}

async function main(): Promise<void> {
  if (values.help) {
    console.log(help);
    return;
  }
  const networks = chosen(
    values.only ?? Object.keys(allNetworks).join(','),
    Object.keys(allNetworks),
    'network',
  );
  const known: Variant[] = ['stock', 'ours', 'keras', 'keras-onednn'];
  const variants = chosen(values.variants, known, 'variant');
  const repeats = Number(values.repeats);
  if (!(Number.isInteger(repeats) && repeats >= 1)) {
    console.error(`--repeats ${values.repeats}: give a whole number from 1`);
    process.exit(2);
  }
  const info = engineInfo();
  const python = variants.some((variant) => variant.startsWith('keras'))
    ? await kerasPython(info.tensorflow, values.python)
    : undefined;
  const rows: Row[] = [];
  for (const network of networks) {
    console.log(`\n${allNetworks[network]!.title}`);
    rows.push(...(await compare(network, variants, repeats, python)));
    console.log(table(rows.filter((row) => row.network === network)));
  }
  const report: Report = { date: new Date().toISOString(), engine: info, repeats, rows };
  const file = inWorkspace('reports', 'bench.json');
  writeFileAtomic(file, `${JSON.stringify(report, null, 2)}\n`);
  console.log(`\nwritten to ${path.relative(process.cwd(), file)}`);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
