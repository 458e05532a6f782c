import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { unzipSync } from 'fflate';
import { type H5Group, readHdf5 } from '../../lib/exchange/keras/hdf5';
import { temporaryFolder } from '../temporary-folder';

/**
 * SHA-256 of what a `.keras` or `.weights.h5` holds: configuration, paths, shapes and numbers. The
 * file itself holds times.
 */
export async function kerasDigest(file: string): Promise<string> {
  const hash = crypto.createHash('sha256');
  let weights = file;
  const folder = temporaryFolder('gradbook-digest');
  if (file.endsWith('.keras')) {
    const parts = unzipSync(fs.readFileSync(file));
    hash.update(parts['config.json']!).update(parts['metadata.json']!);
    weights = path.join(folder, 'weights.h5');
    fs.writeFileSync(weights, parts['model.weights.h5']!);
  }
  const visit = (group: H5Group, at: string): void => {
    for (const name of group.keys().sort()) {
      const child = group.get(name)!;
      if ('keys' in child) {
        hash.update(`${at}/${name}\n`);
        visit(child, `${at}/${name}`);
      } else {
        hash.update(`${at}/${name} ${child.shape!.join()}\n`);
        hash.update(Buffer.from(Float32Array.from(child.value as ArrayLike<number>).buffer));
      }
    }
  };
  await readHdf5(weights, (root) => visit(root, ''));
  fs.rmSync(folder, { recursive: true });
  return hash.digest('hex');
}
