/** A diagnostic of TypeScript, as tslab's converter reports it. Lines and columns from 0. */
export interface Diagnostic {
  start: { line: number; character: number };
  end: { line: number; character: number };
  messageText: string;
  /** TypeScript's number; 0 for errors of the kernel itself. */
  code: number;
  /** Missing when it is the cell. */
  fileName?: string;
}

/** A cell that does not compile. */
export class DiagnosticError extends Error {
  override name = 'TypeScriptError';

  constructor(readonly diagnostics: readonly Diagnostic[]) {
    super(summarize(diagnostics));
  }
}

function summarize(diagnostics: readonly Diagnostic[]): string {
  const [first] = diagnostics;
  if (!first) return 'the cell does not compile';
  const { line, character } = first.start;
  return `line ${line + 1}:${character + 1}: ${first.messageText}${first.code ? ` (TS${first.code})` : ''}`;
}

/** A message with its chained messages, at one position. */
export interface GroupedDiagnostic extends Diagnostic {
  details: string[];
}

/** tslab flattens chains of messages ("not assignable", "because …"): they are put back together. */
export function groupDiagnostics(diagnostics: readonly Diagnostic[]): GroupedDiagnostic[] {
  const groups: GroupedDiagnostic[] = [];
  for (const diagnostic of diagnostics) {
    const last = groups.at(-1);
    const { line, character } = diagnostic.start;
    if (last && last.start.line === line && last.start.character === character) {
      last.details.push(diagnostic.messageText);
    } else {
      groups.push({ ...diagnostic, details: [] });
    }
  }
  return groups;
}
