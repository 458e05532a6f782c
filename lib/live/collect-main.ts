import * as fs from 'node:fs';
import * as path from 'node:path';
import { writeFileAtomic } from '../runtime';
import { collect, type Wanted } from './collect';
import type { MissingNetwork } from './types';

// A process of its own, started by `npm run report`: the report itself loads no libtensorflow.
// Standard input: `{ wanted, missing, folder }`. The folder gets the page's scripts.

/** What the process is told. */
export interface CollectRequest {
  wanted: Wanted[];
  missing: MissingNetwork[];
  /** Gets `data.js`, `network-NAME.js` and, last, `about.json`. */
  folder: string;
}

/** `about.json`. */
export interface CollectedAbout {
  /** How many networks there are. */
  networks: number;
  missing: readonly MissingNetwork[];
}

async function main(): Promise<void> {
  const request = JSON.parse(fs.readFileSync(0, 'utf8')) as CollectRequest;
  const { wanted, missing, folder } = request;
  const script = (file: string, place: string, value: object) =>
    writeFileAtomic(
      path.join(folder, file),
      `globalThis.gradbookLive ??= {};\ngradbookLive${place} = ${JSON.stringify(value)};\n`,
    );
  const data = await collect(wanted, missing, (name, file) =>
    script(`network-${name}.js`, `[${JSON.stringify(`network ${name}`)}]`, file),
  );
  script('data.js', '.data', data);
  const about: CollectedAbout = { networks: data.networks.length, missing: data.missing };
  writeFileAtomic(path.join(folder, 'about.json'), JSON.stringify(about));
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
