import Module, { createRequire } from 'node:module';
import * as path from 'node:path';
import { root } from '../../runtime';
import { isOurs, stampOf } from './changes';

// Modules of the workspace in a running kernel, loaded by Node's `require` and compiled by tsx.
// After an edit, the module and all that depend on it are dropped and loaded again at their next
// use. Cells access modules through proxies that forward to the current version, so earlier imports
// are updated.

type Cache = Record<string, NodeJS.Module | undefined>;
type Loader = (module: NodeJS.Module, file: string) => void;

const { _cache: cache, _extensions: loaders } = Module as unknown as {
  _cache: Cache;
  _extensions: Record<string, Loader>;
};
const kernelFolder = `${__dirname}${path.sep}`;
const stamps = new Map<string, string | null>();
const views = new Map<string, object>();
const requireAtRoot = createRequire(path.join(root, 'cell.js'));

/** Records, from now on, the version in which each file of the workspace is loaded. */
export function watchLoading(): void {
  for (const [extension, load] of Object.entries(loaders)) {
    loaders[extension] = (module, file) => {
      if (isOurs(file)) stamps.set(file, stampOf(file));
      load(module, file);
    };
  }
}

/** Drops the modules whose files have changed, and all that depend on them; returns the changed files. */
export function dropChanged(): string[] {
  const changed = [...stamps.keys()].filter((file) => stampOf(file) !== stamps.get(file));
  if (changed.length === 0) return [];
  const users = usersOf();
  const dropped = new Set<string>();
  const drop = (file: string) => {
    if (dropped.has(file) || file.startsWith(kernelFolder)) return;
    dropped.add(file);
    for (const user of users.get(file) ?? []) drop(user);
  };
  for (const file of changed) drop(file);
  for (const file of dropped) {
    delete cache[file];
    stamps.delete(file);
  }
  return changed;
}

/** Which modules required which. */
function usersOf(): Map<string, string[]> {
  const users = new Map<string, string[]>();
  for (const module of Object.values(cache)) {
    for (const child of module?.children ?? []) {
      if (!users.has(child.filename)) users.set(child.filename, []);
      users.get(child.filename)!.push(module!.filename);
    }
  }
  return users;
}

/** `require` for cells: relative to the workspace, modules of the workspace as live proxies. */
export function requireInCell(id: string): unknown {
  // As in tslab: its package need not be installed beside the notebook.
  if (id === 'tslab') return require('tslab');
  const file = requireAtRoot.resolve(id);
  if (!path.isAbsolute(file) || !isOurs(file) || !/\.[cm]?[jt]sx?$/.test(file)) {
    return requireAtRoot(id);
  }
  return viewOf(file);
}

/** A module of the workspace, always the version loaded last. */
export function viewOf(file: string): object {
  const known = views.get(file);
  const exports = requireAtRoot(file);
  if (known) return known;
  // A module that is a single function or class cannot be proxied.
  if (typeof exports !== 'object' || exports === null) return exports;
  const view = new Proxy({}, followerOf(file));
  views.set(file, view);
  return view;
}

function followerOf(file: string): ProxyHandler<object> {
  const present = (): object => cache[file]?.exports ?? requireAtRoot(file);
  return {
    get: (_, name) => Reflect.get(present(), name),
    has: (_, name) => Reflect.has(present(), name),
    set: (_, name, value) => Reflect.set(present(), name, value),
    ownKeys: () => Reflect.ownKeys(present()),
    getOwnPropertyDescriptor(_, name) {
      const descriptor = Reflect.getOwnPropertyDescriptor(present(), name);
      // A proxy may not report a non-configurable property that its target lacks.
      return descriptor && { ...descriptor, configurable: true };
    },
  };
}
