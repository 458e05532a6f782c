import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

/**
 * Writes a file atomically: to a temporary file first, then renamed.
 *
 * @param {string} file
 * @param {string} content
 */
export function writeWhole(file, content) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  const handle = fs.openSync(temporary, 'w');
  try {
    fs.writeFileSync(handle, content);
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
  fs.renameSync(temporary, file);
}

/**
 * @param {string} file
 * @returns {Record<string, unknown> | undefined} the object in a JSON file; undefined for a missing
 *   file or other content
 */
export function readJson(file) {
  try {
    const value = JSON.parse(fs.readFileSync(file, 'utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {(string | Uint8Array)[]} parts
 * @returns {string} one SHA-256 over all parts, with separators
 */
export function hashOf(...parts) {
  const hash = crypto.createHash('sha256');
  for (const part of parts) {
    hash.update(`${part.length}:`).update(part);
  }
  return hash.digest('hex');
}

/**
 * @param {string[]} files absolute paths; a missing one counts as empty
 * @returns {string} one SHA-256 over the content of all files
 */
export function hashOfFiles(...files) {
  return hashOf(...files.map((file) => (fs.existsSync(file) ? fs.readFileSync(file) : '')));
}

/**
 * @param {string} folder
 * @param {(name: string) => boolean} wanted
 * @returns {string[]} absolute paths of the wanted files below a folder, sorted; none where the
 *   folder is missing
 */
export function filesBelow(folder, wanted) {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(wanted)
    .sort()
    .map((name) => path.join(folder, name));
}

/**
 * @param {string} name a command
 * @returns {string | undefined} its path by `PATH`
 */
export function onPath(name) {
  if (name.includes('/')) return isExecutable(name) ? name : undefined;
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const file = path.join(folder || '.', name);
    if (isExecutable(file)) return file;
  }
  return undefined;
}

/** @param {string} file */
function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}
