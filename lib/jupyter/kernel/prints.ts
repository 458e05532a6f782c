import type { Content, Origin } from './messages';

/** Milliseconds and characters up to which prints are sent together. */
const batch = { pause: 25, size: 1 << 16 };

type Stream = 'stdout' | 'stderr';

/**
 * Sends what cells print, several prints at a time. It lives in the link thread: a timer of the main
 * thread would not fire while a cell computes, and what was printed last would be seen only when the
 * computation is over.
 */
export class Prints {
  private origin: Origin | null = null;
  private name: Stream = 'stdout';
  private texts: string[] = [];
  private size = 0;
  private sent = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly send: (type: string, content: Content, origin: Origin) => void) {}

  /** Adds a text; without an origin it belongs to the cell that printed last. */
  add(name: Stream, text: string, origin: Origin | null): void {
    if (origin || name !== this.name) this.flush();
    if (origin) this.origin = origin;
    this.name = name;
    this.texts.push(text);
    this.size += text.length;
    const due = performance.now() - this.sent > batch.pause;
    if (due || this.size > batch.size) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), batch.pause);
  }

  /** Sends what is held back. */
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
