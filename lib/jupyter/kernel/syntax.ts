import type * as TypeScript from 'typescript';
import type { Diagnostic } from './diagnostics';

type Ts = typeof TypeScript;

/**
 * A cell without its `export`s, which have no effect in a cell: every name it declares is visible
 * to later cells. Removed text becomes spaces, so that lines and columns stay. `export … from`
 * becomes `import … from`; `export { … }` and `export *` of other modules are removed.
 */
export function withoutExports(ts: Ts, source: string): string {
  if (!/\bexport\b/.test(source)) return source;
  const file = ts.createSourceFile('cell.ts', source, ts.ScriptTarget.Latest);
  const edits: { start: number; end: number; text: string }[] = [];
  const replace = (start: number, end: number, text = '') => edits.push({ start, end, text });
  for (const statement of file.statements) {
    const start = statement.getStart(file);
    if (ts.isExportDeclaration(statement)) {
      const { exportClause, moduleSpecifier } = statement;
      if (exportClause && moduleSpecifier) replace(start, start + 'export'.length, 'import');
      else replace(start, statement.end);
    } else if (ts.isExportAssignment(statement) && !statement.isExportEquals) {
      // In parentheses: an object literal would be parsed as a block.
      replace(start, statement.expression.getStart(file), '(');
      edits.push({ start: statement.expression.end, end: statement.expression.end, text: ')' });
    } else if (ts.canHaveModifiers(statement)) {
      const modifiers = ts.getModifiers(statement) ?? [];
      const isAnonymous =
        (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) &&
        !statement.name;
      for (const modifier of modifiers) {
        const at = modifier.getStart(file);
        if (modifier.kind === ts.SyntaxKind.ExportKeyword) {
          replace(at, modifier.end, isAnonymous ? '(' : '');
        } else if (modifier.kind === ts.SyntaxKind.DefaultKeyword) replace(at, modifier.end);
      }
      if (isAnonymous && modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) {
        edits.push({ start: statement.end, end: statement.end, text: ');' });
      }
    }
  }
  let result = '';
  let at = 0;
  for (const { start, end, text } of edits) {
    const blank = source.slice(start, end).replace(/[^\r\n]/g, ' ');
    result += source.slice(at, start) + text + blank.slice(text.length);
    at = end;
  }
  return result + source.slice(at);
}

/** Whether the cell awaits outside of functions: by `await`, `for await` or `await using`. */
export function hasTopLevelAwait(ts: Ts, source: string): boolean {
  if (!/\bawait\b/.test(source)) return false;
  const file = ts.createSourceFile('cell.ts', source, ts.ScriptTarget.Latest);
  const { AwaitUsing } = ts.NodeFlags;
  const visit = (node: TypeScript.Node): boolean => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isModuleDeclaration(node))
      return false;
    if (ts.isAwaitExpression(node)) return true;
    if (ts.isForOfStatement(node) && node.awaitModifier) return true;
    if (ts.isVariableDeclarationList(node) && (node.flags & AwaitUsing) === AwaitUsing) return true;
    return ts.forEachChild(node, visit) ?? false;
  };
  return visit(file);
}

const noMagics =
  'there are no magics (%name, %%name, !command) in TypeScript cells: figures are displayed ' +
  'automatically, modules are installed with npm in a terminal, and a shell command runs with ' +
  "require('node:child_process').execSync('command').toString()";

/** The message for a cell that does not compile because it contains IPython magics; null if it contains none. */
export function magicsOf(source: string, diagnostics: readonly Diagnostic[]): Diagnostic[] | null {
  const wrong = new Set(
    diagnostics.filter(({ fileName }) => !fileName).map(({ start }) => start.line),
  );
  const lines = source.split('\n');
  for (const [line, text] of lines.entries()) {
    const magic = /^\s*(%%?[a-zA-Z]\w*|!{1,2}\s?[\w./~-]+)(?=\s|$)/.exec(text);
    if (!magic || !wrong.has(line)) continue;
    // `!` also begins expressions: it is not a command when it continues the line before.
    const before =
      lines
        .slice(0, line)
        .filter((other) => other.trim() !== '')
        .at(-1) ?? '';
    if (/[=&|?:,([{+<>]\s*$/.test(before)) continue;
    const start = { line, character: text.length - text.trimStart().length };
    const end = { line, character: text.trimEnd().length };
    return [{ start, end, messageText: noMagics, code: 0 }];
  }
  return null;
}
