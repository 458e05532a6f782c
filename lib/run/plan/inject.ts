import { type Cell, hasTag, type Notebook } from '../../jupyter';
import { declaredParameters, type ParameterValue, parameterCell } from './parameters';

const tag = 'injected-parameters';

/**
 * The notebook with a cell after its `parameters` that redeclares them with these values. A cell
 * injected by an earlier run is replaced.
 */
export function injectParameters(
  notebook: Notebook,
  values: Readonly<Record<string, ParameterValue>>,
): Notebook {
  const cells = notebook.cells.filter((cell) => !hasTag(cell, tag));
  const parameters = parameterCell(notebook);
  const at = parameters ? cells.indexOf(parameters) : -1;
  const declared = declaredParameters(notebook).filter(({ name }) => name in values);
  if (at < 0 || declared.length === 0) return { ...notebook, cells };
  const lines = declared.map(({ name, type }) => {
    const value = JSON.stringify(values[name]);
    // With the type: `let layers: number[] = []` would otherwise become `any[]`.
    return `let ${name}: ${type} = ${value};`;
  });
  const cell: Cell = {
    id: tag,
    cell_type: 'code',
    metadata: { tags: [tag] },
    source: ['// Set by the runner.', ...lines].join('\n'),
    outputs: [],
    execution_count: null,
  };
  return { ...notebook, cells: [...cells.slice(0, at + 1), cell, ...cells.slice(at + 1)] };
}
