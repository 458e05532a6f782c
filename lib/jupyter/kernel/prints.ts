import { StringDecoder } from 'node:string_decoder';
import type { Content, Origin } from './messages';

/** Milliseconds and characters up to which prints are sent together. */
const batch = { pause: 25, size: 1 << 16 };

type Stream = 'stdout' | 'stderr';

/**
 * Sends the prints of cells in groups. It runs in the link thread: a timer of the main thread would
 * not fire while a cell computes, so that the last prints would be delayed until the end of the
 * computation.
 */
export class Prints {
  /** The cell that ran last: output of the descriptors 1 and 2 is attributed to it. */
  cell: Origin | null = null;
  private readonly decoders = { stdout: new StringDecoder(), stderr: new StringDecoder() };
  private printed: Origin | null = null;
  private origin: Origin | null = null;
  private name: Stream = 'stdout';
  private texts: string[] = [];
  private size = 0;
  private sent = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly send: (type: string, content: Content, origin: Origin) => void) {}

  /** Adds a print; without an origin it belongs to the cell that printed last. */
  add(name: Stream, text: string, origin: Origin | null): void {
    if (origin) this.printed = origin;
    this.append(name, text, this.printed);
  }

  /** Adds what was written to a descriptor; a character may be split over two writes. */
  addNative(name: Stream, bytes: Uint8Array): void {
    const text = this.decoders[name].write(Buffer.from(bytes));
    if (text && this.cell) this.append(name, text, this.cell);
  }

  private append(name: Stream, text: string, origin: Origin | null): void {
    if (origin !== this.origin || name !== this.name) this.flush();
    this.origin = origin;
    this.name = name;
    this.texts.push(text);
    this.size += text.length;
    const due = performance.now() - this.sent > batch.pause;
    if (due || this.size > batch.size) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), batch.pause);
  }

  /** Sends buffered prints. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.texts.length === 0 || !this.origin) return;
    const text = this.texts.join('');
    this.texts = [];
    this.size = 0;
    this.sent = performance.now();
    this.send('stream', { name: this.name, text }, this.origin);
  }
}
