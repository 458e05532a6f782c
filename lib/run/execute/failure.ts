import type { Cell, Output } from '../../jupyter';
import type { Failure, FailureKind } from '../record';

/** Colours and other terminal codes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are control characters
const ansi = /\u001b\[[0-9;]*[A-Za-z]/g;

export function plainText(text: string): string {
  return text.replace(ansi, '');
}

/** A failure outside of cells. */
export function failureOf(kind: FailureKind, message: string): Failure {
  return { kind, message, cell: null, cellId: null, line: null, source: null, output: '' };
}

/**
 * The position of an error in the cell: the first line named in its text, as the compiler
 * (`3:7 - Cannot find name`) or a stack (`cell [4]:3:7`) names it. Plain tslab's stacks name lines
 * of the compiled code, which are useless.
 */
export function errorLine(text: string): number | null {
  const patterns = [
    /(?:^|\n)\s*(?:.*\s)?\(?(?:\[\d+\]|cell[^\s:]*(?: ?\[?\d+\]?)?|In ?\[\d+\])[:,(]\s*(?:line )?(\d+)/i,
    /(?:^|\n)(\d+):\d+ - /,
  ];
  for (const pattern of patterns) {
    const match = pattern.exec(text);
    if (match) return Number(match[1]);
  }
  return null;
}

/** The message of a failed cell: its error if the kernel sent one, else its output. */
export function cellError(outputs: readonly Output[]): { message: string; text: string } {
  const error = outputs.find((output) => output.output_type === 'error');
  if (error?.output_type === 'error') {
    const named = error.evalue.startsWith(error.ename) || error.ename === '';
    return {
      message: plainText(named ? error.evalue : `${error.ename}: ${error.evalue}`),
      text: plainText([error.evalue, ...error.traceback].join('\n')),
    };
  }
  const printed = outputs
    .map((output) =>
      output.output_type === 'stream' && output.name === 'stderr' ? output.text : '',
    )
    .join('');
  const text = plainText(printed.slice(-10_000));
  const first = /^.*(?:\d+:\d+ - |Error\b|Rejection:|Exception:).*$/m.exec(text)?.[0];
  return { message: first ?? 'the kernel replied with an error without a message', text };
}

/** A failure in a cell, with its line. */
export function cellFailure(
  kind: FailureKind,
  message: string,
  where: { cell: Cell; number: number; line: number | null; output: string },
): Failure {
  const { cell, number, line, output } = where;
  return {
    kind,
    message,
    cell: number,
    cellId: cell.id,
    line,
    source: line === null ? null : (cell.source.split('\n')[line - 1] ?? null),
    output: plainText(output),
  };
}
