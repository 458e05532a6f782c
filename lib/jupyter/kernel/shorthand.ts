import type * as TypeScript from 'typescript';

type Ts = typeof TypeScript;

/**
 * Makes `{ name }` mean `{ name: name }` of an earlier cell. tslab's converter asks for the symbol
 * of each identifier to find what earlier cells declared, and for a shorthand property's name it
 * gets the new property instead of the variable.
 *
 * @param isEarlier whether a declaration is in the file of earlier cells' declarations
 */
export function expandShorthand(
  ts: Ts,
  checker: TypeScript.TypeChecker,
  isEarlier: (declaration: TypeScript.Declaration) => boolean,
): TypeScript.TransformerFactory<TypeScript.SourceFile> {
  return (context) => {
    const visit = (node: TypeScript.Node): TypeScript.Node => {
      if (ts.isShorthandPropertyAssignment(node) && !node.objectAssignmentInitializer) {
        const symbol = checker.getShorthandAssignmentValueSymbol(node);
        if (symbol?.declarations?.some(isEarlier)) {
          const { factory } = ts;
          const value = factory.createPropertyAccessExpression(
            factory.createIdentifier('exports'),
            factory.createIdentifier(node.name.text),
          );
          const name = factory.createIdentifier(node.name.text);
          return ts.setTextRange(factory.createPropertyAssignment(name, value), node);
        }
      }
      return ts.visitEachChild(node, visit, context);
    };
    return (file) => ts.visitNode(file, visit) as TypeScript.SourceFile;
  };
}
