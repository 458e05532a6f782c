import * as fs from 'node:fs';
import * as path from 'node:path';
import * as ts from 'typescript';

/** A piece of TypeScript from a doc comment or a Markdown file. */
export interface Example {
  /** Its position, such as `lib/data/split.ts:12`. */
  readonly place: string;
  /** What the doc comment belongs to, such as `split`; nothing for a block of Markdown. */
  readonly owner?: string;
  readonly code: string;
}

const root = path.join(__dirname, '..', '..');

/** The documentation's Markdown files, relative to the workspace. */
export function markdownFiles(): string[] {
  const docs = fs.readdirSync(path.join(root, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', 'CONTRIBUTING.md', ...docs.map((name) => `docs/${name}`)];
}

/** The TypeScript files of `lib`, relative to the workspace. */
export function sourceFiles(): string[] {
  return fs
    .readdirSync(path.join(root, 'lib'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `lib/${name}`)
    .sort();
}

/** The blocks marked `ts` of a Markdown file. */
export function blocksOf(file: string): Example[] {
  const text = fs.readFileSync(path.join(root, file), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(({ 1: code, index }) => ({
    place: `${file}:${lineOf(text, index)}`,
    code: code!,
  }));
}

/** The `@example` parts of the doc comments of a source file. */
export function examplesOf(file: string): Example[] {
  const text = fs.readFileSync(path.join(root, file), 'utf8');
  return [...text.matchAll(/\/\*\*.*?\*\//gs)].flatMap(({ 0: comment, index }) => {
    const owner = /^(?:\s*export)?[\w\s]*?(?:function\*?|class|const|interface|type) (\w+)/.exec(
      text.slice(index + comment.length),
    )?.[1];
    return [...comment.matchAll(/@example\b(.*?)(?=\n\s*\* @\w|\*\/)/gs)].map((example) => {
      const lines = example[1]!.replace(/^[ \t]*\* ?/gm, '').trim();
      const code = lines.replace(/^```ts\n(.*)\n```$/s, '$1');
      const place = `${file}:${lineOf(text, index + example.index)}`;
      return { place, ...(owner ? { owner } : {}), code };
    });
  });
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

/**
 * Type-checks the examples, each as a separate module beside `lib`, with what `./lib` exports and
 * what `context` declares in scope, unless the example declares or imports the name itself.
 *
 * @param context code whose declarations the examples may use
 * @returns a line for each error
 */
export function typeErrors(examples: readonly Example[], context: string): string[] {
  const exported = new Set(exportedValues());
  const given = new Set(declarations(context, false));
  const files = new Map<string, string>();
  const exports = `export { ${[...given].join(', ')} };`;
  files.set(inRoot('example-context.ts'), `${context}\n${exports}\n`);
  const places = new Map<string, string>([['example-context.ts', 'the names in the examples']]);
  examples.forEach(({ code, place }, index) => {
    const declared = new Set(declarations(code));
    const used = [...new Set(code.match(/\b[A-Za-z_]\w*\b/g))].filter(
      (name) => !declared.has(name),
    );
    const fromContext = used.filter((name) => given.has(name));
    const fromLib = used.filter((name) => exported.has(name) && !given.has(name));
    const name = `example-${index}.ts`;
    // On one line, so that line numbers stay correct.
    const imports =
      `import { ${fromLib.join(', ')} } from './lib';` +
      `import { ${fromContext.join(', ')} } from './example-context';`;
    files.set(inRoot(name), `${imports}\n${code}\nexport {};\n`);
    places.set(name, place);
  });
  return check(files).map(({ file, line, message }) => `${places.get(file)} +${line}: ${message}`);
}

/** The values, not types, that `./lib` exports. */
export function exportedValues(file = 'lib/index.ts'): string[] {
  const program = ts.createProgram([inRoot(file)], options());
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(inRoot(file))!;
  return checker
    .getExportsOfModule(checker.getSymbolAtLocation(source)!)
    .filter((symbol) => {
      const alias = symbol.flags & ts.SymbolFlags.Alias;
      return (alias ? checker.getAliasedSymbol(symbol) : symbol).flags & ts.SymbolFlags.Value;
    })
    .map(({ name }) => name)
    .sort();
}

/** The names that code declares at its top level, with those that it imports or without. */
function declarations(code: string, withImports = true): string[] {
  const names: string[] = [];
  const add = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) names.push(name.text);
    else for (const part of name.elements) if (ts.isBindingElement(part)) add(part.name);
  };
  for (const statement of ts.createSourceFile('a.ts', code, ts.ScriptTarget.ES2022).statements) {
    if (ts.isVariableStatement(statement)) {
      for (const { name } of statement.declarationList.declarations) add(name);
    } else if (withImports && ts.isImportDeclaration(statement)) {
      const { name, namedBindings } = statement.importClause ?? {};
      if (name) names.push(name.text);
      if (namedBindings && ts.isNamespaceImport(namedBindings)) names.push(namedBindings.name.text);
      else for (const { name: each } of namedBindings?.elements ?? []) names.push(each.text);
    } else if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
      if (statement.name) names.push(statement.name.text);
    }
  }
  return names;
}

function check(files: ReadonlyMap<string, string>) {
  const host = ts.createCompilerHost(options());
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => files.get(name) ?? readFile(name);
  host.getSourceFile = (name, language, ...rest) => {
    const text = files.get(name);
    return text === undefined
      ? getSourceFile(name, language, ...rest)
      : ts.createSourceFile(name, text, language);
  };
  const program = ts.createProgram([...files.keys()], options(), host);
  return [...files.keys()].flatMap((name) => {
    const source = program.getSourceFile(name)!;
    return [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ].map(({ start, messageText }) => ({
      file: path.basename(name),
      line: source.getLineAndCharacterOfPosition(start ?? 0).line,
      message: ts.flattenDiagnosticMessageText(messageText, ' '),
    }));
  });
}

let parsed: ts.CompilerOptions | undefined;

/** The workspace's own, with the top-level await of notebook cells. */
function options(): ts.CompilerOptions {
  if (parsed) return parsed;
  const { config } = ts.readConfigFile(inRoot('tsconfig.json'), ts.sys.readFile);
  parsed = {
    ...ts.convertCompilerOptionsFromJson(config.compilerOptions, root).options,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    noUnusedLocals: false,
    // Notebook cells are not checked for it either.
    noUncheckedIndexedAccess: false,
    noUnusedParameters: false,
    incremental: false,
  };
  return parsed;
}

function inRoot(name: string): string {
  return path.join(root, name);
}
