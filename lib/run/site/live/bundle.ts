import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Plugin } from 'esbuild';
import { inWorkspace, root, writeFileAtomic } from '../../../runtime';

const lib = inWorkspace('lib');
const browser = path.join(lib, 'live', 'browser');

/** Modules that act on being loaded: they stay, whether something of them is used or not. */
const acting = [path.join(lib, 'ops'), browser];

/** In a browser tfjs computes by itself; what only Node has is empty. */
const forBrowser: Plugin = {
  name: 'gradbook',
  setup(build) {
    build.onResolve({ filter: /^\.\.?(\/|$)/ }, ({ path: wanted, resolveDir }) => {
      if (!resolveDir.startsWith(lib)) return undefined;
      const base = path.resolve(resolveDir, wanted);
      const file = [`${base}.ts`, path.join(base, 'index.ts'), base].find(isFile);
      if (!file) return undefined;
      // tfjs is there where it is used, and nowhere else: the page itself does without.
      if (file === path.join(lib, 'runtime', 'engine.ts')) {
        return { path: path.join(browser, 'engine.ts'), sideEffects: false };
      }
      return { path: file, sideEffects: acting.some((folder) => file.startsWith(folder)) };
    });
    // Packages that only Node has a use for: what needs them is not reached, and yet is read.
    build.onResolve({ filter: /^[^.]/ }, ({ path: name, resolveDir }) => {
      if (name.startsWith('@tensorflow/tfjs-') || !resolveDir.startsWith(lib)) return undefined;
      return { path: name, namespace: 'empty', sideEffects: false };
    });
    build.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({
      contents: 'module.exports = {};',
    }));
  },
};

function isFile(file: string): boolean {
  return fs.existsSync(file) && fs.statSync(file).isFile();
}

/** What a bundle was made of: a line a file, with its SHA-256. */
function mark(files: readonly string[]): string {
  const known = [...files, 'package-lock.json', path.relative(root, __filename)];
  const hash = crypto.createHash('sha256');
  for (const file of known) {
    const there = inWorkspace(file);
    hash.update(`${file} ${fs.existsSync(there) ? fs.statSync(there).size : 'none'}\n`);
    if (fs.existsSync(there)) hash.update(fs.readFileSync(there));
  }
  return hash.digest('hex');
}

/**
 * Bundles one of the page's scripts with all that it imports of `lib` and of tfjs, as a classic script
 * that runs from `file://`. What was bundled before is taken from the cache where no file of it has changed.
 *
 * @param entry such as `page/main.ts`, in `lib/live/browser`
 * @param cache folder of what was bundled before
 * @returns the script's text
 */
export async function bundle(entry: string, cache: string): Promise<string> {
  const script = path.join(cache, entry.replaceAll('/', '-').replace(/\.ts$/, '.js'));
  const record = `${script}.json`;
  if (fs.existsSync(script) && fs.existsSync(record)) {
    const { files, hash } = JSON.parse(fs.readFileSync(record, 'utf8')) as Made;
    if (mark(files) === hash) return fs.readFileSync(script, 'utf8');
  }
  // It takes a while to load: only where there is something to do.
  const { build } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    entryPoints: [path.join(browser, entry)],
    absWorkingDir: root,
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    legalComments: 'inline',
    metafile: true,
    write: false,
    logLevel: 'silent',
    loader: { '.wasm': 'base64' },
    plugins: [forBrowser],
  });
  const text = outputFiles[0]!.text;
  // Packages change with the lock file alone.
  const own = Object.keys(metafile.inputs).filter((file) => file.startsWith('lib/'));
  const made: Made = { files: own, hash: mark(own) };
  writeFileAtomic(script, text);
  writeFileAtomic(record, JSON.stringify(made));
  return text;
}

interface Made {
  /** From the workspace. */
  files: string[];
  hash: string;
}
