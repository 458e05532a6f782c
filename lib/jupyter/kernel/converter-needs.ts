import type * as TypeScript from 'typescript';

type Ts = typeof TypeScript;

/** Functions of TypeScript that its declarations leave out. */
interface Internals {
  nullTransformationContext: TypeScript.TransformationContext;
  getTouchingPropertyName(file: TypeScript.SourceFile, position: number): TypeScript.Node;
  getContainerNode(node: TypeScript.Node): TypeScript.Declaration | undefined;
  createTextSpanFromNode(
    node: TypeScript.Node,
    file: TypeScript.SourceFile,
  ): TypeScript.TextSpan & { start: number };
  typeToDisplayParts(
    checker: TypeScript.TypeChecker,
    type: TypeScript.Type,
    around: TypeScript.Node | undefined,
  ): TypeScript.SymbolDisplayPart[];
  SymbolDisplay: {
    getSymbolDisplayPartsDocumentationAndSymbolKind(
      checker: TypeScript.TypeChecker,
      symbol: TypeScript.Symbol,
      file: TypeScript.SourceFile,
      around: TypeScript.Node | undefined,
      node: TypeScript.Node,
    ): Pick<TypeScript.QuickInfo, 'displayParts' | 'documentation' | 'tags'> & {
      symbolKind: TypeScript.ScriptElementKind;
    };
    getSymbolModifiers(checker: TypeScript.TypeChecker, symbol: TypeScript.Symbol): string;
  };
  Completions: { getCompletionsAtPosition(...args: unknown[]): unknown };
}

/**
 * The functions of tslab's modified TypeScript 5.0 that its converter needs, implemented on the
 * workspace's own TypeScript.
 */
export function converterNeeds(ts: Ts) {
  const internals = ts as Ts & Internals;

  function getDefaultTypeRoots(folder: string): string[] | undefined {
    return ts.getEffectiveTypeRoots({}, { getCurrentDirectory: () => folder });
  }

  function getPreEmitDiagnosticsOfFiles(
    program: TypeScript.Program,
    files: readonly TypeScript.SourceFile[],
  ): readonly TypeScript.Diagnostic[] {
    const found: TypeScript.Diagnostic[] = [
      ...program.getConfigFileParsingDiagnostics(),
      ...program.getOptionsDiagnostics(),
      ...program.getGlobalDiagnostics(),
    ];
    const { declaration } = program.getCompilerOptions();
    for (const file of files) {
      found.push(...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file));
      if (declaration) found.push(...program.getDeclarationDiagnostics(file));
    }
    return ts.sortAndDeduplicateDiagnostics(found);
  }

  /** Quick info on the name at a position; undefined where there is none. */
  function getQuickInfoAtPosition(
    file: TypeScript.SourceFile,
    checker: TypeScript.TypeChecker,
    _cancellation: unknown,
    position: number,
  ): TypeScript.QuickInfo | undefined {
    const node = internals.getTouchingPropertyName(file, position);
    if (node === file) return undefined;
    const textSpan = internals.createTextSpanFromNode(node, file);
    const around = internals.getContainerNode(node);
    const symbol = checker.getSymbolAtLocation(node);
    if (symbol) {
      const { SymbolDisplay } = internals;
      const { symbolKind, ...shown } =
        SymbolDisplay.getSymbolDisplayPartsDocumentationAndSymbolKind(
          ...([checker, symbol, file, around, node] as const),
        );
      const kindModifiers = SymbolDisplay.getSymbolModifiers(checker, symbol);
      return { kind: symbolKind, kindModifiers, textSpan, ...shown };
    }
    const hasType = ts.isIdentifier(node) || node.kind === ts.SyntaxKind.ThisKeyword;
    if (!hasType) return undefined;
    const displayParts = internals.typeToDisplayParts(
      checker,
      checker.getTypeAtLocation(node),
      around,
    );
    return { kind: ts.ScriptElementKind.unknown, kindModifiers: '', textSpan, displayParts };
  }

  const Completions = {
    ...internals.Completions,
    getCompletionsAtPositionForTslab(
      host: object,
      program: TypeScript.Program,
      ...rest: unknown[]
    ): unknown {
      const getCompilationSettings = () => program.getCompilerOptions();
      const whole = { ...host, getCompilationSettings };
      return internals.Completions.getCompletionsAtPosition(whole, program, ...rest);
    },
  };
  return {
    getDefaultTypeRoots,
    getPreEmitDiagnosticsOfFiles,
    getQuickInfoAtPosition,
    getNullTransformationContext: () => internals.nullTransformationContext,
    Completions,
  };
}
