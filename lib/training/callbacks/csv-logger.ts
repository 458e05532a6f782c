import * as fs from 'node:fs';
import * as path from 'node:path';
import { inWorkspace } from '../../runtime';
import type { Logs } from '../history';
import { Callback, type CallbackState } from './callback';
import { pythonFloat } from './python-float';

export interface CSVLoggerOptions {
  /** Relative to the workspace. */
  filename: string;
  /** Default `,`. */
  separator?: string;
  /** Appends to an existing file. Default false: overwrites it. */
  append?: boolean;
}

/**
 * Writes one line per epoch to a CSV file (Keras `CSVLogger`: `epoch`, then the metrics by name; NA
 * where there is none). A resumed training removes lines that were written after the backup.
 */
export class CSVLogger extends Callback {
  private readonly file: string;
  private readonly separator: string;
  private readonly append: boolean;
  private keys: string[] | null = null;
  private header = true;

  constructor({ filename, separator = ',', append = false }: CSVLoggerOptions) {
    super();
    this.file = inWorkspace(filename);
    this.separator = separator;
    this.append = append;
  }

  override onTrainBegin(): void {
    this.keys = null;
    fs.mkdirSync(path.dirname(this.file), { recursive: true });
    const size = this.size();
    this.header = !(this.append && size > 0);
  }

  // Not when training begins: a resumed training needs the file.
  private begin(): void {
    if (!this.append) fs.writeFileSync(this.file, '');
  }

  private size(): number {
    return fs.existsSync(this.file) ? fs.statSync(this.file).size : 0;
  }

  override onEpochEnd(epoch: number, logs: Logs): void {
    let lines = '';
    if (!this.keys) {
      this.begin();
      this.keys = Object.keys(logs).sort();
      if (!this.keys.some((key) => key.startsWith('val_'))) {
        this.keys.push(...this.keys.map((key) => `val_${key}`));
      }
      if (this.header) lines += this.line(['epoch', ...this.keys]);
    }
    const figures = this.keys.map((key) => {
      const value = logs[key];
      return value === undefined ? 'NA' : pythonFloat(value);
    });
    fs.appendFileSync(this.file, lines + this.line([String(epoch), ...figures]));
  }

  private line(cells: string[]): string {
    const quoted = cells.map((cell) =>
      /["\r\n]/.test(cell) || cell.includes(this.separator)
        ? `"${cell.replaceAll('"', '""')}"`
        : cell,
    );
    return `${quoted.join(this.separator)}\r\n`;
  }

  override getState(): CallbackState {
    return { keys: this.keys, header: this.header, size: this.size() };
  }

  override setState(state: CallbackState): void {
    const { keys, header, size } = state as {
      keys: string[] | null;
      header: boolean;
      size: number;
    };
    this.keys = keys;
    this.header = header;
    if (keys && this.size() > size) fs.truncateSync(this.file, size);
  }
}
