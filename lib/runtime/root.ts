import * as path from 'node:path';

/** The workspace's folder: where `package.json` stands. Every relative path in `lib` starts here. */
export const root = path.resolve(__dirname, '..', '..');

/** An absolute path inside the workspace. Absolute parts win, as in `path.resolve`. */
export function inWorkspace(...parts: string[]): string {
  return path.resolve(root, ...parts);
}
