// 25,000 images at 224, decoded 3.8 GB: made, trained on, evaluated and predicted within 2 GiB of
// resident memory, and how fast that is beside images in memory. `npm run test:large -- --help`.
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { environment } from '../../../lib/runtime';
import { makePictures } from './pictures';

const most = 2048;

interface Line {
  what: string;
  seconds: number;
  rate: number;
  resident: number;
}

const { values: options } = parseArgs({
  options: {
    pictures: { type: 'string', default: '25000' },
    size: { type: 'string', default: '224' },
    compare: { type: 'string', default: '4000' },
    turns: { type: 'string', default: '5' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

async function child(args: readonly string[]): Promise<Line[]> {
  const file = path.join(__dirname, 'child.ts');
  const started = spawn(process.execPath, ['--import', 'tsx', file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, GRADBOOK_CACHE: cache },
  });
  let text = '';
  started.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    process.stdout.write(chunk);
  });
  const code = await new Promise((resolve) => started.on('close', resolve));
  if (code !== 0) throw new Error(`child ended with ${code}`);
  const lines = text.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line) as Line);
}

const folder = path.join(environment().cacheDir, 'large');
const cache = path.join(folder, 'cache');

async function main(): Promise<void> {
  if (options.help) {
    console.log(
      'usage: npm run test:large -- [--images 25000] [--size 224] [--compare 4000] [--turns 5] [--keep]',
    );
    return;
  }
  const pictures = path.join(folder, 'pictures');
  try {
    await makePictures(pictures, Number(options.pictures));
    const whole = await child(['whole', pictures, options.size]);
    const resident = Math.max(...whole.map((line) => line.resident ?? 0));
    const compared = await child([
      'compare',
      pictures,
      options.size,
      options.compare,
      options.turns,
    ]);
    const rates = (kind: string) =>
      compared.filter(({ what }) => what === kind).map(({ rate }) => rate);
    const memory = rates('memory');
    const ratios = rates('disk').map((rate, turn) => rate / memory[turn]!);
    const sorted = [...ratios].sort((a, b) => a - b);
    const fixed = (value: number) => value.toFixed(2);
    console.log(
      `disk over memory, turn by turn: median ${fixed(sorted[Math.floor(sorted.length / 2)]!)}, ${fixed(sorted[0]!)} to ${fixed(sorted.at(-1)!)}`,
    );
    console.log(`most resident memory: ${Math.round(resident)} MiB of ${most} MiB allowed`);
    if (resident > most) process.exitCode = 1;
  } finally {
    if (!options.keep) fs.rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
