import type * as Ts from 'typescript';
import { type Cell, hasTag, type Notebook } from '../../jupyter';
import { GradbookError } from '../../runtime';

export type ParameterValue = number | string | boolean | null | ParameterValue[];

/** A parameter that a notebook declares in the cell tagged `parameters`. */
export interface Parameter {
  name: string;
  /** As declared or, without a declaration, that of the default: `number`, `'adam' | 'sgd'`, `number[]`. */
  type: string;
  default: ParameterValue;
  /** The default as written in the notebook. */
  text: string;
  /** The comment after it, or above it. */
  comment: string;
}

/** The cell tagged `parameters`, if the notebook has one. */
export function parameterCell(notebook: Notebook): Cell | undefined {
  return notebook.cells.find((cell) => cell.cell_type === 'code' && hasTag(cell, 'parameters'));
}

/** The declarations of the notebook's `parameters` cell, in order. */
export function declaredParameters(notebook: Notebook): Parameter[] {
  const cell = parameterCell(notebook);
  return cell ? parseParameters(cell.source) : [];
}

/**
 * Parses declarations such as `let epochs = 0; // 0: the profile's own`.
 *
 * @throws GradbookError `parameters` when a default is not a plain value, since its type and text
 *   could not be listed
 */
export function parseParameters(source: string): Parameter[] {
  const ts = require('typescript') as typeof Ts;
  const file = ts.createSourceFile('parameters.ts', source, ts.ScriptTarget.ES2022, true);
  const parameters: Parameter[] = [];
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const declaration of statement.declarationList.declarations) {
      if (!ts.isIdentifier(declaration.name) || !declaration.initializer) continue;
      const { initializer } = declaration;
      const value = literal(ts, initializer);
      if (value === undefined) {
        throw new GradbookError(
          `parameter "${declaration.name.text}" has the default ${initializer.getText(file)}; allowed ` +
            'are numbers, strings, booleans, null and arrays of them. ' +
            'Compute other values in the next cell.',
          'parameters',
        );
      }
      parameters.push({
        name: declaration.name.text,
        type: declaration.type?.getText(file) ?? typeName(value),
        default: value,
        text: initializer.getText(file),
        comment: comment(source, {
          start: statement.getStart(file),
          end: Math.min(statement.end, declaration.end),
          above: ts.getLeadingCommentRanges(source, statement.pos) ?? [],
        }),
      });
    }
  }
  return parameters;
}

function literal(ts: typeof Ts, node: Ts.Expression): ParameterValue | undefined {
  if (ts.isNumericLiteral(node)) return Number(node.text.replace(/_/g, ''));
  if (ts.isStringLiteralLike(node)) return node.text;
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (node.kind === ts.SyntaxKind.FalseKeyword) return false;
  if (node.kind === ts.SyntaxKind.NullKeyword) return null;
  if (ts.isAsExpression(node) || ts.isParenthesizedExpression(node)) {
    return literal(ts, node.expression);
  }
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken) {
    const value = literal(ts, node.operand);
    return typeof value === 'number' ? -value : undefined;
  }
  if (ts.isArrayLiteralExpression(node)) {
    const values = node.elements.map((element) => literal(ts, element));
    return values.includes(undefined) ? undefined : (values as ParameterValue[]);
  }
  return undefined;
}

function typeName(value: ParameterValue): string {
  if (!Array.isArray(value)) return value === null ? 'string | null' : typeof value;
  const inner = [...new Set(value.map(typeName))];
  return inner.length === 1 ? `${inner[0]}[]` : 'number[]';
}

function comment(
  source: string,
  where: { start: number; end: number; above: readonly Ts.CommentRange[] },
): string {
  const { start, end, above } = where;
  const line = source.slice(end).split('\n')[0] ?? '';
  const behind = /^[\s;,]*(?:\/\/\s*(.*)|\/\*+\s*(.*?)\s*\*\/)/.exec(line);
  if (behind) return (behind[1] ?? behind[2] ?? '').trim();
  const parts: string[] = [];
  let below = start;
  for (const { pos, end: after } of [...above].reverse()) {
    // A comment above a blank line belongs to the whole cell.
    if (/\n[ \t]*\n/.test(source.slice(after, below))) break;
    parts.unshift(source.slice(pos, after));
    below = pos;
  }
  return parts
    .flatMap((part) => part.split('\n'))
    .map((text) => text.replace(/^\s*(?:\/\/|\/\*+|\*\/|\*)?\s*|\s*\*\/\s*$/g, ''))
    .join(' ')
    .trim();
}
