import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

/**
 * Writes a file atomically, so that a reader sees the old content or the new: to a temporary
 * file beside it, flushed to the disk, then renamed. Folders are made as needed. When the disk is
 * full the old file stays and the temporary one is removed.
 *
 * @param content text, bytes, or bytes in several parts that follow one another
 */
export function writeFileAtomic(
  file: string,
  content: string | Uint8Array | readonly Uint8Array[],
): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.${crypto.randomBytes(4).toString('hex')}.tmp`;
  try {
    const handle = fs.openSync(temporary, 'wx');
    try {
      if (typeof content === 'string') fs.writeFileSync(handle, content);
      else
        for (const part of content instanceof Uint8Array ? [content] : content) write(handle, part);
      fs.fsyncSync(handle);
    } finally {
      fs.closeSync(handle);
    }
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** Bytes per write: Node writes no more than 2 GiB. */
const most = 1 << 28;

function write(handle: number, bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) {
    at += fs.writeSync(handle, bytes, at, Math.min(most, bytes.length - at));
  }
}

/**
 * Removes temporary files of killed writers of `file`. Only for files that no other process is
 * writing at the same time.
 */
export function removeTemporaries(file: string): void {
  const folder = path.dirname(file);
  if (!fs.existsSync(folder)) return;
  const start = `${path.basename(file)}.`;
  for (const name of fs.readdirSync(folder)) {
    if (name.startsWith(start) && /^\d+\.[0-9a-f]{8}\.tmp$/.test(name.slice(start.length))) {
      fs.rmSync(path.join(folder, name), { force: true });
    }
  }
}
