import { GradbookError } from '../runtime';

/** One record of a CSV file and the line it begins at, counted from 1. */
export interface CsvRecord {
  line: number;
  fields: string[];
}

/**
 * Reads comma-separated values as RFC 4180 has them: quoted fields, doubled quotes, LF or CRLF. Empty
 * lines are passed over.
 *
 * @param file its name, for messages
 * @throws GradbookError `bad-csv` for an open quote, or a record longer or shorter than the first
 */
export function parseCsv(text: string, file: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  // A field, quoted or plain, and what ends it.
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  let line = 1;
  let record: CsvRecord = { line, fields: [] };
  while (field.lastIndex < text.length || record.fields.length > 0) {
    const match = field.exec(text);
    if (!match)
      throw new GradbookError(`${file}, line ${line}: a quote is out of place`, 'bad-csv');
    const [whole, quoted, plain, end] = match;
    record.fields.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
    line += whole.split('\n').length - 1;
    if (end === ',') continue;
    if (record.fields.length > 1 || record.fields[0] !== '') records.push(record);
    record = { line, fields: [] };
    if (end === '') break;
  }
  const width = records[0]?.fields.length ?? 0;
  const uneven = records.find(({ fields }) => fields.length !== width);
  if (uneven) {
    throw new GradbookError(
      `${file}, line ${uneven.line}: ${uneven.fields.length} fields where the first line has ${width}`,
      'bad-csv',
    );
  }
  return records;
}
