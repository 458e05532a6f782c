import * as fs from 'node:fs';
import { writeFileAtomic } from '../../runtime';

/** Writes a file, but where it has this content already. */
export function writeIfChanged(file: string, content: Buffer): void {
  if (fs.existsSync(file) && fs.readFileSync(file).equals(content)) return;
  writeFileAtomic(file, content);
}
