import { notebookName, readNotebook } from '../../jupyter';
import { textTable } from '../summary/text-table';
import type { ReportOptions } from './options';
import { declaredParameters } from './parameters';
import { chosenFiles } from './plan';

/** The parameters of the given notebooks, as tables. */
export function parameterHelp(options: ReportOptions): string {
  return chosenFiles(options)
    .map((file) => {
      const parameters = declaredParameters(readNotebook(file));
      const rows = parameters.map(({ name, type, text, comment }) => [name, type, text, comment]);
      const table = rows.length
        ? textTable([['parameter', 'type', 'default', 'meaning'], ...rows], 100)
        : 'declares no parameters';
      return `${notebookName(file)}\n${table}`;
    })
    .join('\n\n');
}
