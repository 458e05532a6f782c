import * as ts from 'typescript';

/** Prose of a file: comments and texts of code, the text of documents. */
export interface Prose {
  readonly text: string;
  /** Line of the file at which it begins, from 1. */
  readonly line: number;
}

/**
 * The prose of a file by its name: of TypeScript and JavaScript the comments, and the strings with
 * more than one word; of notebooks the Markdown cells; of any other file all of it. Texts that
 * continue on the next line are joined: wrapped paragraphs, comments, and strings added with `+`.
 */
export function proseOf(name: string, content: string): Prose[] {
  if (name.endsWith('.ipynb')) return notebookProse(content);
  if (/\.(?:ts|mjs|cjs|js)$/.test(name)) return codeProse(name, content);
  return [{ text: unwrapped(content), line: 1 }];
}

/** Text on one line, without the marks of comments at the beginnings of lines. */
function unwrapped(text: string): string {
  return text.replace(/\s*\n[ \t]*(?:\*(?![*/])|\/\/|#|>)?[ \t]*/g, ' ');
}

function notebookProse(content: string): Prose[] {
  const { cells } = JSON.parse(content) as {
    cells: { cell_type: string; source: string | string[] }[];
  };
  return cells.flatMap(({ cell_type: kind, source }, index) =>
    kind === 'markdown' ? [{ text: unwrapped([source].flat().join('')), line: index + 1 }] : [],
  );
}

function codeProse(name: string, content: string): Prose[] {
  const file = ts.createSourceFile(name, content, ts.ScriptTarget.Latest);
  const found = new Map<number, string>();
  const visit = (node: ts.Node): void => {
    const comments = [
      ...(ts.getLeadingCommentRanges(content, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(content, node.getEnd()) ?? []),
    ];
    for (const { pos, end } of comments) found.set(pos, content.slice(pos, end));
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    const text = textOf(node);
    if (text === undefined) ts.forEachChild(node, visit);
    else if (/\S\s+\S/.test(text)) found.set(node.getStart(file), text);
  };
  visit(file);
  return [...mergeLines(content, found)].map(([start, text]) => ({
    text: unwrapped(text),
    line: file.getLineAndCharacterOfPosition(start).line + 1,
  }));
}

/** The text of a string, of a template with `…` for its values, or of a sum of these. */
function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
  }
  if (ts.isParenthesizedExpression(node)) return textOf(node.expression);
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) {
    return undefined;
  }
  const [left, right] = [textOf(node.left), textOf(node.right)];
  return left === undefined && right === undefined ? undefined : `${left ?? '…'}${right ?? '…'}`;
}

/** Joins `//` comments on successive lines, which are a comment each to the compiler. */
function mergeLines(content: string, found: ReadonlyMap<number, string>): [number, string][] {
  const merged: [number, string][] = [];
  for (const [start, text] of [...found].sort(([a], [b]) => a - b)) {
    const last = merged.at(-1);
    const gap = last ? content.slice(last[0] + last[1].length, start) : '';
    if (last && /^\r?\n[ \t]*$/.test(gap) && isLine(last[1]) && isLine(text)) {
      last[1] += gap + text;
    } else {
      merged.push([start, text]);
    }
  }
  return merged;
}

const isLine = (comment: string) => comment.startsWith('//');
