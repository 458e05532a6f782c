// Kills a training many times: npx tsx test/training/kill/many.ts [kills=20] [seed=1]
import * as fs from 'node:fs';
import { Random } from '../../../lib/runtime';
import { temporaryFolder } from '../../temporary-folder';
import { compareWithKills } from './kill';

async function main(kills = '20', seed = '1'): Promise<void> {
  const folder = temporaryFolder('gradbook-kill');
  const report = await compareWithKills(folder, {
    kills: Number(kills),
    epochs: 2 * Number(kills),
    random: new Random(Number(seed)),
  });
  fs.rmSync(folder, { recursive: true });
  console.log(JSON.stringify(report));
  process.exitCode = report.different.length > 0 ? 1 : 0;
}

void main(...process.argv.slice(2));
