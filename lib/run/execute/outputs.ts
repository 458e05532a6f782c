import type { Bundle, Message, Output } from '../../jupyter';
import { TextCap } from './text-cap';

/** Limits of a cell's stored output in characters, which are bytes for most output. */
export interface OutputLimits {
  /** For consecutive prints. The beginning and the end are kept. */
  stream: number;
  /** For one value of a display, such as an image. Larger ones are left out. */
  value: number;
}

export const defaultLimits: OutputLimits = { stream: 1_000_000, value: 20_000_000 };

/** A readable size: `52.4 MB`. */
export function megabytes(characters: number): string {
  return `${(characters / 1e6).toFixed(1)} MB`;
}

/** A widget view, which needs a running kernel. */
const widgetMime = 'application/vnd.jupyter.widget-view+json';

type Shown = Extract<Output, { data: Bundle }>;
type Stream = { output_type: 'stream'; name: 'stdout' | 'stderr'; cap: TextCap };
type Kept = Exclude<Output, { output_type: 'stream' }> | Stream;

/** Displays by their id: `update_display_data` may come from a later cell. One per notebook. */
export type Displays = Map<string, Shown[]>;

/**
 * A cell's outputs, put together from the kernel's broadcasts as Jupyter's own clients do: runs of
 * prints are one output, a display is replaced by its updates, `clear_output` clears, at once or
 * when the next output comes.
 */
export class CellOutputs {
  private kept: Kept[] = [];
  private clearNext = false;

  constructor(
    private readonly displays: Displays,
    private readonly limits: OutputLimits = defaultLimits,
  ) {}

  /** Adds a broadcast. Those that are not output are ignored. */
  take(message: Message): void {
    const { content } = message;
    switch (message.header.msg_type) {
      case 'stream':
        this.print(content.name, content.text);
        break;
      case 'display_data':
        this.show({ output_type: 'display_data', ...this.fields(content) }, content);
        break;
      case 'execute_result': {
        const execution_count = content.execution_count ?? null;
        const fields = this.fields(content);
        this.show({ output_type: 'execute_result', execution_count, ...fields }, content);
        break;
      }
      case 'update_display_data':
        for (const shown of this.displays.get(content.transient?.display_id) ?? []) {
          Object.assign(shown, this.fields(content));
        }
        break;
      case 'error':
        this.add({
          output_type: 'error',
          ename: String(content.ename ?? 'Error'),
          evalue: String(content.evalue ?? ''),
          traceback: content.traceback ?? [],
        });
        break;
      case 'clear_output':
        if (content.wait) this.clearNext = true;
        else this.kept = [];
        break;
    }
  }

  /** The outputs for the notebook's file. */
  outputs(): Output[] {
    return this.kept.map((output) =>
      output.output_type === 'stream'
        ? { output_type: 'stream', name: output.name, text: output.cap.text() }
        : output,
    );
  }

  /** The last lines that were printed, for a failure's message. */
  tail(lines = 20): string {
    const printed = this.kept.map((output) =>
      output.output_type === 'stream' ? output.cap.text().slice(-10_000) : '',
    );
    return printed.join('').trimEnd().split('\n').slice(-lines).join('\n');
  }

  private add(output: Kept): void {
    if (this.clearNext) this.kept = [];
    this.clearNext = false;
    this.kept.push(output);
  }

  private print(name: 'stdout' | 'stderr', text: string): void {
    const last = this.clearNext ? undefined : this.kept[this.kept.length - 1];
    if (last?.output_type === 'stream' && last.name === name) {
      last.cap.add(text);
      return;
    }
    const cap = new TextCap(this.limits.stream);
    cap.add(text);
    this.add({ output_type: 'stream', name, cap });
  }

  private show(output: Shown, content: Message['content']): void {
    this.add(output);
    const id = content.transient?.display_id;
    if (id === undefined) return;
    const same = this.displays.get(id) ?? [];
    // Displaying an id again updates the earlier display.
    for (const shown of same) Object.assign(shown, this.fields(content));
    this.displays.set(id, [...same, output]);
  }

  private fields(content: Message['content']): Pick<Shown, 'data' | 'metadata'> {
    const metadata = content.metadata ?? {};
    const data: Bundle = {};
    let mark = '';
    for (const [mime, value] of Object.entries(content.data ?? {})) {
      // A widget does not work without its kernel: the bundle's HTML shows its state.
      if (mime === widgetMime) continue;
      const size = typeof value === 'string' ? value.length : JSON.stringify(value ?? null).length;
      if (size <= this.limits.value) data[mime] = value;
      else {
        mark =
          `[left out: ${mime} of ${megabytes(size)}, more than the ${megabytes(this.limits.value)} ` +
          'that are kept; --max-output changes that]';
      }
    }
    if (mark) data['text/plain'] = mark;
    return { data, metadata };
  }
}
