// Compares training and inference in stock tfjs, this workspace, Keras and PyTorch, alternating.
import * as os from 'node:os';
import * as path from 'node:path';
import { engineInfo, inWorkspace, writeFileAtomic } from '../lib/runtime';
import { allOperations, measurePeaks } from './bench/flops';
import { allNetworks } from './bench/networks';
import { findPythons } from './bench/pythons';
import { markdown, type Report, type Row, table } from './bench/report';
import { compare } from './bench/turns';
import { defaultVariants, variants } from './bench/variants';
import { commandLine, wrongUsage } from './command-line';

const list = Object.entries(variants).map(([name, { about }]) => `    ${name.padEnd(20)} ${about}`);

const help = `usage: npm run bench -- [options]

Images per second and peak memory of the same networks in stock tfjs, in this workspace, in Keras
on the same TensorFlow and in PyTorch. The variants alternate, so that other load affects all of them alike; compare the ratios. Writes reports/bench.json. With three repeats it takes
half an hour on two idle cores.

  --only a,b            networks: ${Object.keys(allNetworks).join(', ')}
  --variants a,b        default: ${defaultVariants('CPU').join(', ')};
                        on a GPU ${defaultVariants('GPU').join(', ')}
  --repeats n           turns of each variant, default 5
  --batch n             images in a batch; default that of the network, 32
  --python-keras file   a Python with keras and the same tensorflow-cpu; default: an environment created in .engine/keras (about 1 GB, once)
  --python-torch file   a Python with torch; default: one that is made in .engine/torch
  --no-install          creates no environments: variants without a Python are left out
  --markdown            prints the tables in Markdown at the end
  --help                show this

The variants:
${list.join('\n')}`;

const { values } = commandLine('bench', {
  options: {
    only: { type: 'string' },
    variants: { type: 'string' },
    repeats: { type: 'string', default: '5' },
    batch: { type: 'string' },
    'python-keras': { type: 'string' },
    'python-torch': { type: 'string' },
    'no-install': { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h' },
  },
});

function chosen(value: string, known: readonly string[], what: string): string[] {
  const names = value.split(',').filter(Boolean);
  for (const name of names) {
    if (!known.includes(name)) {
      wrongUsage('bench', `unknown ${what}: ${name}. There are ${known.join(', ')}`);
    }
  }
  return names;
}

function count(name: 'repeats' | 'batch'): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  return wrongUsage('bench', `--${name} ${text}: give an integer from 1`);
}

async function main(): Promise<void> {
  if (values.help) {
    console.log(help);
    return;
  }
  const networks = Object.keys(allNetworks);
  const names = chosen(values.only ?? networks.join(','), networks, 'network');
  const engine = engineInfo();
  const wished = values.variants ?? defaultVariants(engine.device).join(',');
  const wanted = chosen(wished, Object.keys(variants), 'variant');
  const [repeats, batch] = [count('repeats')!, count('batch')];
  const pythons = await findPythons(wanted, engine.tensorflow, {
    keras: values['python-keras'],
    torch: values['python-torch'],
    install: !values['no-install'],
  });
  const here = wanted.filter((name) => {
    const { runner } = variants[name]!;
    return runner === 'tfjs' || pythons[runner];
  });
  const [peaks, operations] = [measurePeaks(), allOperations(names)];
  const processor = os.cpus()[0]?.model.trim() ?? 'unknown';
  console.log(`${processor}, TensorFlow ${engine.tensorflow} on the ${engine.device}`);
  for (const [precision, rate] of Object.entries(peaks)) {
    if (rate > 0) console.log(`matrix products in ${precision}: ${rate.toFixed(0)} GFLOP/s`);
  }
  const rows: Row[] = [];
  // A GPU needs more images per turn than a CPU.
  const more = engine.device === 'GPU' ? 32 : 1;
  for (const name of names) {
    const network = allNetworks[name]!;
    const { title, task } = network;
    console.log(`\n${title}`);
    const found = await compare({
      network: name,
      variants: here.filter((one) => variants[one]!.tasks?.includes(task) ?? true),
      repeats,
      images: task === 'explain' || task === 'latency' ? network.images : network.images * more,
      batch: task === 'latency' ? 1 : (batch ?? network.batch),
      pythons,
    });
    rows.push(...found);
    console.log(table(found, { title, peaks, operations }));
  }
  const date = new Date().toISOString();
  const report: Report = { date, engine, processor, repeats, batch, peaks, operations, rows };
  const file = inWorkspace('reports', 'bench.json');
  writeFileAtomic(file, `${JSON.stringify(report, null, 2)}\n`);
  if (values.markdown) {
    for (const name of names) {
      const { title } = allNetworks[name]!;
      const own = rows.filter(({ network }) => network === name);
      console.log(`\n${markdown(own, { title, peaks, operations })}`);
    }
  }
  console.log(`\nwritten to ${path.relative(process.cwd(), file)}`);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
