import { GradbookError } from '../runtime';

/** One record of a CSV file and the line it begins at, counted from 1. */
export interface CsvRecord {
  line: number;
  fields: string[];
}

/**
 * Reads comma-separated values (RFC 4180): quoted fields, doubled quotes. Lines end with LF,
 * CRLF or CR; empty ones are skipped. Where the first line has semicolons or tabs and no comma,
 * they separate the fields, as spreadsheets write them in many locales; a first line such as
 * `sep=;` is understood too.
 *
 * @param file its name, for messages
 * @throws GradbookError `bad-csv` for an open quote, or a record longer or shorter than the first
 */
export function parseCsv(text: string, file: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  const told = /^sep=([,;\t])(\r\n?|\n)/.exec(text);
  const sign = told?.[1] ?? separatorOf(text);
  // A field, quoted or plain, and what ends it.
  const field = new RegExp(`(?:"((?:[^"]|"")*)"|([^"${sign}\\r\\n]*))(${sign}|\\r\\n?|\\n|$)`, 'y');
  field.lastIndex = told?.[0].length ?? 0;
  let line = told ? 2 : 1;
  let record: CsvRecord = { line, fields: [] };
  while (field.lastIndex < text.length || record.fields.length > 0) {
    const match = field.exec(text);
    if (!match)
      throw new GradbookError(`${file}, line ${line}: a quote is out of place`, 'bad-csv');
    const [whole, quoted, plain, end] = match;
    record.fields.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
    line += whole.split(/\r\n?|\n/).length - 1;
    if (end === sign) continue;
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

/** What separates the fields, by the first line outside quotes. */
function separatorOf(text: string): string {
  const head = /^(?:"(?:[^"]|"")*"|[^"\r\n])*/.exec(text)![0].replace(/"(?:[^"]|"")*"/g, '');
  return [',', ';', '\t'].find((sign) => head.includes(sign)) ?? ',';
}

/**
 * The text of a file in UTF-8, with or without a byte-order mark, or in UTF-16 with one.
 *
 * @param file its name, for messages
 * @throws GradbookError `bad-encoding` for any other encoding
 */
export function decodeText(bytes: Uint8Array, file: string): string {
  const mark = bytes.length > 1 ? bytes[0]! * 256 + bytes[1]! : 0;
  const encoding = mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : 'utf-8';
  const refuse = (looks: string, cause?: unknown): never => {
    throw new GradbookError(
      `${file} is not UTF-8: it looks like ${looks}. Save it as UTF-8 ("CSV UTF-8" in spreadsheets)`,
      'bad-encoding',
      { cause },
    );
  };
  if (encoding === 'utf-8' && bytes.includes(0)) refuse('UTF-16 without a byte-order mark');
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    return refuse(encoding === 'utf-8' ? 'Latin-1 or Windows-1252' : `damaged ${encoding}`, error);
  }
}
