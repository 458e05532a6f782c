import * as fs from 'node:fs';
import { inWorkspace } from '../../runtime';
import { sha256 } from '../cache/cache-key';
import { engineName } from '../engine-name';

/** A hash of all that a run's result depends on besides its parameters: notebooks, `lib`, packages, engine. */
export function sourceKey(): string {
  const files = ['notebooks', 'lib'].flatMap((folder) =>
    fs
      .readdirSync(inWorkspace(folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ipynb|yaml|ts|cjs)$/.test(file) && !file.includes('.ipynb_checkpoints'))
      .map((file) => inWorkspace(folder, file)),
  );
  const hashes = [...files.sort(), inWorkspace('package-lock.json')].map((file) =>
    sha256(fs.readFileSync(file)),
  );
  return sha256([...hashes, engineName() ?? 'none', process.version].join('\n'));
}
