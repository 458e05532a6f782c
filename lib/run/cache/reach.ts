import * as fs from 'node:fs';
import * as path from 'node:path';
import type * as Ts from 'typescript';
import { root } from '../../runtime';

/** The imports of a module or a cell: names, or everything. */
interface Import {
  from: string;
  names: 'all' | readonly string[];
}

/** A module: its imports and its re-exports. */
interface Module {
  imports: Import[];
  /** `export * from` and `export { a } from`. */
  passes: { from: string; names: 'all' | ReadonlyMap<string, string> }[];
  /** Names that the module declares and exports itself. */
  own: ReadonlySet<string>;
  /** Whether it only re-exports, so that unused exports do not count. */
  isBarrel: boolean;
}

/** Modules with import side effects: native kernels are registered when `lib/index.ts` is imported. */
const always = ['lib/ops/index.ts', 'lib/runtime/index.ts', 'lib/jupyter/kernel/kernel.ts'];

/**
 * The workspace's own files that code reaches through its imports, by their paths from the root,
 * sorted. Through a file that only re-exports, such as `lib/index.ts`, only the imported names are
 * followed.
 *
 * @param sources code of cells; relative imports start at the workspace's root
 */
export function reachedFiles(sources: readonly string[]): string[] {
  const reach = new Reach();
  for (const source of sources) {
    for (const one of reach.parse(source).imports) reach.follow(root, one);
  }
  if (reach.files.size > 0) {
    for (const file of always) reach.follow(root, { from: `./${file}`, names: 'all' });
  }
  return [...reach.files].map((file) => path.relative(root, file)).sort();
}

class Reach {
  readonly files = new Set<string>();
  private readonly followed = new Set<string>();
  private readonly modules = new Map<string, Module>();
  private readonly ts = require('typescript') as typeof Ts;

  /** @param folder base of relative paths */
  follow(folder: string, { from, names }: Import): void {
    const file = resolve(folder, from);
    if (!file) return;
    const once = `${file} ${names === 'all' ? '*' : [...names].sort().join()}`;
    if (this.followed.has(once)) return;
    this.followed.add(once);
    this.files.add(file);
    const module = this.module(file);
    const here = path.dirname(file);
    for (const one of module.imports) this.follow(here, one);
    for (const pass of module.passes) {
      const wanted = module.isBarrel && names !== 'all' ? this.wanted(here, pass, names) : 'all';
      if (wanted.length > 0) this.follow(here, { from: pass.from, names: wanted });
    }
  }

  parse(source: string): Module {
    const { ts } = this;
    const file = ts.createSourceFile('module.ts', source, ts.ScriptTarget.ES2022, false);
    const text = (node: Ts.Expression) => (ts.isStringLiteralLike(node) ? node.text : '');
    const imports: Import[] = [];
    const passes: Module['passes'] = [];
    const own = new Set<string>();
    let isBarrel = true;
    for (const statement of file.statements) {
      if (ts.isImportDeclaration(statement)) {
        imports.push({
          from: text(statement.moduleSpecifier),
          names: importedNames(ts, statement),
        });
        isBarrel = false;
      } else if (ts.isExportDeclaration(statement) && statement.moduleSpecifier) {
        const clause = statement.exportClause;
        const names =
          clause && ts.isNamedExports(clause)
            ? new Map(clause.elements.map((e) => [e.name.text, (e.propertyName ?? e.name).text]))
            : 'all';
        passes.push({ from: text(statement.moduleSpecifier), names });
      } else {
        isBarrel = false;
        for (const name of exportedNames(ts, statement)) own.add(name);
      }
    }
    // `require` and `import()` anywhere.
    const { importedFiles } = ts.preProcessFile(source, true, true);
    const known = new Set([...imports, ...passes].map(({ from }) => from));
    for (const { fileName } of importedFiles) {
      if (!known.has(fileName)) imports.push({ from: fileName, names: 'all' });
    }
    return { imports, passes, own, isBarrel };
  }

  /** The names that a re-exporting file imports from one of its modules, by their names there. */
  private wanted(
    folder: string,
    pass: Module['passes'][number],
    names: readonly string[],
  ): 'all' | string[] {
    if (pass.names !== 'all') {
      return names.flatMap((name) => (pass.names as ReadonlyMap<string, string>).get(name) ?? []);
    }
    const file = resolve(folder, pass.from);
    if (!file) return [];
    const offered = this.offered(file);
    return names.filter((name) => offered.has(name));
  }

  /** Every name that a module exports. */
  private offered(file: string, seen = new Set<string>()): Set<string> {
    if (seen.has(file)) return new Set();
    seen.add(file);
    const module = this.module(file);
    const names = new Set(module.own);
    for (const pass of module.passes) {
      if (pass.names !== 'all') for (const name of pass.names.keys()) names.add(name);
      else {
        const next = resolve(path.dirname(file), pass.from);
        if (next) for (const name of this.offered(next, seen)) names.add(name);
      }
    }
    return names;
  }

  private module(file: string): Module {
    let module = this.modules.get(file);
    if (!module) {
      const code = /\.[cm]?[jt]s$/.test(file) ? fs.readFileSync(file, 'utf8') : '';
      module = this.parse(code);
      this.modules.set(file, module);
    }
    return module;
  }
}

/** The file that a relative import means; undefined for packages and missing files. */
function resolve(folder: string, from: string): string | undefined {
  if (!from.startsWith('.')) return undefined;
  const base = path.resolve(folder, from);
  const tries = ['', '.ts', '.js', '.cjs', '.json', '/index.ts', '/index.js'];
  return tries
    .map((ending) => base + ending)
    .find((file) => fs.existsSync(file) && fs.statSync(file).isFile());
}

function importedNames(ts: typeof Ts, { importClause }: Ts.ImportDeclaration): Import['names'] {
  const bindings = importClause?.namedBindings;
  if (!importClause || importClause.name || !bindings || !ts.isNamedImports(bindings)) return 'all';
  return bindings.elements.map((element) => (element.propertyName ?? element.name).text);
}

function exportedNames(ts: typeof Ts, statement: Ts.Statement): string[] {
  if (ts.isExportDeclaration(statement) && statement.exportClause) {
    const clause = statement.exportClause;
    return ts.isNamedExports(clause) ? clause.elements.map(({ name }) => name.text) : [];
  }
  const exported =
    ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  if (!exported) return [];
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) =>
      ts.isIdentifier(name) ? [name.text] : [],
    );
  }
  const named = statement as Ts.FunctionDeclaration | Ts.ClassDeclaration;
  return named.name ? [named.name.text] : [];
}
