import Module from 'node:module';
import type * as TypeScript from 'typescript';
import { root } from '../../runtime';
import { converterNeeds } from './converter-needs';
import { expandShorthand } from './shorthand';

// tslab's converter bundles a TypeScript 5.0. Before the converter is loaded, this is replaced by
// the workspace's TypeScript, with a few functions changed, so that cells have the same syntax as
// `lib`. The module's own exports are getters and cannot be assigned.

type Ts = typeof TypeScript;

/** The functions used beyond TypeScript's public interface. */
interface Internals {
  bindSourceFile(file: TypeScript.SourceFile, options: TypeScript.CompilerOptions): void;
}

/** The source maps of the last cell compiled: TypeScript to ES modules, and those to CommonJS. */
export interface CellMaps {
  modules: string;
  commonJs: string;
}

/** TypeScript as tslab's converter gets it, and data recorded from it. */
export interface PatchedTypeScript {
  ts: Ts;
  /** Source maps of the last compilation. */
  maps(): CellMaps | null;
  /** Notifies the compiler that these files have changed; null: all files. */
  filesChanged(files: readonly string[]): void;
  /** Files of the workspace that the compiler has read. */
  watched(): string[];
}

const inlineMap = /\n\/\/# sourceMappingURL=data:application\/json;base64,([\w+/=]+)\s*$/;
const cellFile = /[\\/]__tslab__\.ts$/;
const earlierCells = /[\\/]__prev__\.d\.ts$/;

/**
 * A cell keeps its newest syntax until its names are exported: compiling `using` earlier would move
 * its last expression into a block. `transpileModule` turns it into what Node runs. Decorators are
 * the standard ones, not those of TypeScript before 5.0.
 */
const newest = {
  target: 99 satisfies TypeScript.ScriptTarget.ESNext,
  experimentalDecorators: false,
};

const newestTypes = ['lib.esnext.disposable.d.ts', 'lib.decorators.d.ts'];

/** Replaces tslab's TypeScript by the workspace's, with its changes. Call it once, first. */
export function patchTypeScript(): PatchedTypeScript {
  const name = require.resolve('@tslab/typescript-for-tslab', {
    paths: [require.resolve('tslab/package.json')],
  });
  const original = require('typescript') as Ts & Internals;
  const watchers = new Map<string, Set<TypeScript.FileWatcherCallback>>();
  let maps: CellMaps | null = null;
  let modulesMap = '';
  let resolveAgain = false;

  function createWatchCompilerHost(...args: Parameters<Ts['createWatchCompilerHost']>) {
    const [files, options, system, , ...rest] = args as unknown as [
      string[],
      TypeScript.CompilerOptions,
      TypeScript.System,
      null,
      TypeScript.DiagnosticReporter,
      TypeScript.WatchStatusReporter,
    ];
    // Cells are checked as strictly as `lib`.
    Object.assign(options, { strict: true, inlineSourceMap: true, types: ['node'], ...newest });
    options.lib = [...(options.lib ?? []), ...newestTypes];
    const host = original.createWatchCompilerHost(files, options, system, createProgram, ...rest);
    const cache = original.createModuleResolutionCache(root, (file) => file, options);
    host.resolveModuleNames = (names, from) =>
      names.map((module) => {
        // Packages are static; the workspace's own files change.
        const known = module.startsWith('.') ? undefined : cache;
        return original.resolveModuleName(module, from, options, host, known).resolvedModule;
      });
    host.getModuleResolutionCache = () => cache;
    // A cell's imports are resolved each time: the file may have been created since.
    host.hasInvalidatedResolutions = (path) => resolveAgain || cellFile.test(path);
    return host;
  }

  // A minimal program. It checks only the cell: modules are compiled by tsx when they are loaded,
  // and checked by `tsc`, so the cell need not wait for either.
  function createProgram(...args: unknown[]) {
    const build = original.createAbstractBuilder as unknown as (
      ...args: unknown[]
    ) => TypeScript.BuilderProgram;
    const program = build(...args);
    program.getAllDependencies = (file) => [file.fileName];
    for (const file of program.getSourceFiles()) {
      // tslab reads a cell's names before the compiler has bound it.
      if (/[\\/](__tslab__|__prev__\.d)\.ts$/.test(file.fileName)) {
        original.bindSourceFile(file, program.getCompilerOptions());
      }
    }
    resolveAgain = false;
    const emit = program.emit.bind(program);
    program.emit = (file, write, cancel, onlyTypes, transformers = {}) => {
      const before = expandShorthand(original, program.getProgram().getTypeChecker(), (place) =>
        earlierCells.test(place.getSourceFile().fileName),
      );
      return emit(file, write, cancel, onlyTypes, { ...transformers, before: [before] });
    };
    return program;
  }

  function transpileModule(input: string, options: TypeScript.TranspileOptions) {
    const found = inlineMap.exec(input);
    modulesMap = found ? Buffer.from(found[1]!, 'base64').toString() : '';
    const compilerOptions = {
      ...options.compilerOptions,
      sourceMap: true,
      experimentalDecorators: false,
    };
    const source = found ? input.slice(0, found.index) : input;
    const output = original.transpileModule(source, { ...options, compilerOptions });
    maps = { modules: modulesMap, commonJs: output.sourceMapText ?? '' };
    return {
      ...output,
      outputText: output.outputText.replace(/\n\/\/# sourceMapping.*\s*$/, '\n'),
    };
  }

  // Files are compared before a cell runs rather than watched: no edit is missed, and no watcher is
  // needed.
  original.sys.watchFile = (file, callback) => {
    if (!watchers.has(file)) watchers.set(file, new Set());
    watchers.get(file)!.add(callback);
    return { close: () => watchers.get(file)?.delete(callback) };
  };
  original.sys.watchDirectory = () => ({ close: () => {} });

  const ts = Object.assign({}, original, {
    createWatchCompilerHost,
    transpileModule,
    ...converterNeeds(original),
  }) as unknown as Ts;
  const module = new Module(name);
  module.loaded = true;
  module.exports = ts;
  (Module as unknown as { _cache: Record<string, NodeJS.Module> })._cache[name] = module;
  return {
    ts,
    maps: () => maps,
    watched: () => [...watchers.keys()],
    filesChanged(files) {
      resolveAgain = files.length > 0;
      for (const file of files) {
        for (const callback of [...(watchers.get(file) ?? [])]) {
          callback(file, original.FileWatcherEventKind.Changed);
        }
      }
    },
  };
}
