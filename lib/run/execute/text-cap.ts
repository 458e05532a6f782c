/** Printed text, of which only the beginning and the end are kept if it is too long. */
export class TextCap {
  private readonly head: string[] = [];
  private headSize = 0;
  private tail: string[] = [];
  private tailSize = 0;
  private total = 0;

  /** @param limit characters kept: half from the beginning, half from the end */
  constructor(private readonly limit: number) {}

  add(text: string): void {
    this.total += text.length;
    const room = this.limit / 2 - this.headSize;
    if (room > 0) {
      const part = text.slice(0, room);
      this.head.push(part);
      this.headSize += part.length;
      text = text.slice(part.length);
    }
    if (!text) return;
    this.tail.push(text);
    this.tailSize += text.length;
    // Only occasionally, so that the cost per character is constant on average.
    if (this.tailSize > 2 * this.limit) this.trim();
  }

  text(): string {
    this.trim();
    const left = this.total - this.headSize - this.tailSize;
    const mark = left
      ? `\n[… ${left.toLocaleString('en')} of ${this.total.toLocaleString('en')} characters left out; ` +
        '--max-output changes that …]\n'
      : '';
    return applyReturns(this.head.join('') + mark + this.tail.join(''));
  }

  private trim(): void {
    const most = Math.ceil(this.limit / 2);
    if (this.tailSize <= most) return;
    this.tail = [this.tail.join('').slice(-most)];
    this.tailSize = most;
  }
}

/** Text as a terminal shows it after carriage returns. */
function applyReturns(text: string): string {
  return text.includes('\r') ? text.replace(/\r+\n/g, '\n').replace(/[^\n]*\r/g, '') : text;
}
