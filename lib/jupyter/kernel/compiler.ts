import { SourceMap } from 'node:module';
import type { Node } from 'typescript';
import { GradbookError } from '../../runtime';
import { Changes } from './changes';
import { type Diagnostic, DiagnosticError } from './diagnostics';
import { hasTopLevelAwait, magicsOf, withoutExports } from './syntax';
import { patchTypeScript } from './typescript';

/** A position in a cell's source, line and column from 1. */
export interface Place {
  line: number;
  column: number;
}

/** A cell as JavaScript. */
export interface Compiled {
  /** Empty when the cell holds only types. */
  code: string;
  isAsync: boolean;
  /** Name under which the last expression's value is exported. */
  lastName: string | null;
  /** Declarations of all names that later cells see, if the cell succeeds. */
  declarations: string;
  /** Maps a position in the JavaScript to the cell's source; null after the cell's end. */
  locate(place: Place): Place | null;
}

interface Converter {
  convert(
    previous: string,
    source: string,
  ): {
    output?: string;
    declOutput?: string;
    diagnostics: Diagnostic[];
    lastExpressionVar?: string;
  };
  complete(
    previous: string,
    source: string,
    position: number,
  ): {
    start: number;
    end: number;
    candidates: string[];
    original?: { entries: { name: string; kind: string }[] };
  };
  inspect(previous: string, source: string, position: number): object | undefined;
}

/** tslab's converter, which turns cells into JavaScript and knows what earlier cells declared. */
export class Compiler {
  /** Declarations of the names that earlier cells declared. */
  declarations = '';
  private readonly patched = patchTypeScript();
  private readonly changes = new Changes();
  private readonly converter: Converter;

  /** Takes one or two seconds: loads TypeScript. */
  constructor() {
    this.converter = require('tslab/dist/converter.js').createConverter({});
  }

  /** Reads the types that nearly every notebook needs, so that the first cell need not wait. */
  warmUp(): void {
    this.converter.convert('', "import * as lib from './lib';");
  }

  /** @throws DiagnosticError when the cell does not compile */
  compile(source: string): Compiled {
    this.readChanges();
    const { ts } = this.patched;
    const plain = withoutExports(ts, source);
    const result = this.converter.convert(this.declarations, plain);
    if (result.diagnostics.length > 0) {
      throw new DiagnosticError(magicsOf(source, result.diagnostics) ?? result.diagnostics);
    }
    if (result.declOutput === undefined) {
      throw new GradbookError('the TypeScript compiler gave no output for this cell', 'compiler');
    }
    const maps = this.patched.maps();
    const chain = [maps?.commonJs, maps?.modules]
      .filter((map) => map !== undefined && map !== '')
      .map((map) => new SourceMap(JSON.parse(map!)));
    const code = result.output ?? '';
    const length = code.split('\n').length;
    return {
      code,
      isAsync: hasTopLevelAwait(ts, plain),
      lastName: result.lastExpressionVar ?? null,
      declarations: result.declOutput,
      locate: (place) => (place.line > length ? null : locate(place, chain)),
    };
  }

  /** The declarations without the variables that the cell did not reach. */
  reached(declarations: string, isDefined: (name: string) => boolean): string {
    const { ts } = this.patched;
    const file = ts.createSourceFile('__prev__.d.ts', declarations, ts.ScriptTarget.Latest);
    const kept = file.statements.filter((statement) => {
      if (!ts.isVariableStatement(statement) && !ts.isClassDeclaration(statement)) return true;
      const declared: readonly { name?: Node | undefined }[] = ts.isVariableStatement(statement)
        ? [...statement.declarationList.declarations]
        : [statement];
      return declared.every(({ name }) => !name || !ts.isIdentifier(name) || isDefined(name.text));
    });
    return kept.map((statement) => statement.getFullText(file)).join('');
  }

  /** TypeScript's codes of syntax errors in a cell; names and types are not checked. */
  syntaxErrors(source: string): number[] {
    const { ts } = this.patched;
    const file = ts.createSourceFile('cell.ts', source, ts.ScriptTarget.Latest);
    const { parseDiagnostics } = file as unknown as { parseDiagnostics: { code: number }[] };
    return parseDiagnostics.map(({ code }) => code);
  }

  complete(source: string, position: number) {
    this.readChanges();
    return this.converter.complete(this.declarations, source, position);
  }

  /** TypeScript's "quick info" at a position: what it is, and its documentation, as text. */
  inspect(source: string, position: number): string | null {
    this.readChanges();
    const info = this.converter.inspect(this.declarations, source, position);
    return info ? require('tslab/dist/inspect.js').printQuickInfo(info) : null;
  }

  private readChanges(): void {
    const files = this.patched.watched();
    this.patched.filesChanged(this.changes.since(files));
  }
}

/** Maps a position through the source maps; the converter puts one line before the cell's. */
function locate(place: Place, chain: readonly SourceMap[]): Place {
  let at = { line: place.line - 1, column: place.column - 1 };
  for (const map of chain) {
    const entry = map.findEntry(at.line, at.column);
    if (!('originalLine' in entry)) return place;
    at = { line: entry.originalLine, column: entry.originalColumn };
  }
  return { line: Math.max(1, at.line), column: at.column + 1 };
}
