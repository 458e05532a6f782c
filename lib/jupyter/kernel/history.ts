import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Content } from './messages';

/** Number of sessions kept in the folder. */
const keptSessions = 200;

interface Entry {
  session: number;
  line: number;
  input: string;
  /** The `text/plain` of the cell's `execute_result`; null when it had none. */
  output: string | null;
}

/** A line of a session's file: the input when the cell begins, its output when it has ended. */
interface Recorded {
  line: number;
  input?: string;
  output?: string;
}

/**
 * The inputs of this kernel and of earlier ones, as IPython keeps them: sessions have numbers, a
 * session's inputs are numbered by their execution counts. One file per session; if the folder
 * cannot be written to, only this session is kept.
 */
export class History {
  private readonly own: Entry[] = [];
  private session = 0;
  private file: string | null = null;

  /** @param folder of the sessions' files; null keeps this session in memory only */
  constructor(private readonly folder: string | null) {}

  /** Records an input whose execution begins. */
  begin(line: number, input: string): void {
    if (this.session === 0) this.open();
    this.own.push({ session: this.session, line, input, output: null });
    this.write({ line, input });
  }

  /** Records what the last recorded input resulted in. */
  end(output: string): void {
    const last = this.own.at(-1);
    if (!last) return;
    last.output = output;
    this.write({ line: last.line, output });
  }

  /** The reply to a `history_request`. */
  answer(content: Content): Content {
    const asked = content as Partial<{
      hist_access_type: string;
      output: boolean;
      session: number;
      start: number;
      stop: number | null;
      n: number | null;
      pattern: string;
      unique: boolean;
    }>;
    let found: Entry[] = [];
    if (asked.hist_access_type === 'range') {
      const entries = this.entriesOf(asked.session ?? 0);
      const stop = asked.stop ?? Number.POSITIVE_INFINITY;
      found = entries.filter(({ line }) => line >= (asked.start ?? 1) && line < stop);
    } else if (asked.hist_access_type === 'search') {
      const matches = matcher(asked.pattern ?? '*');
      found = this.newest(Number.POSITIVE_INFINITY).filter(({ input }) => matches(input));
      if (asked.unique) {
        const last = new Map(found.map((entry) => [entry.input, entry]));
        found = found.filter((entry) => last.get(entry.input) === entry);
      }
      if (asked.n) found = found.slice(-asked.n);
    } else {
      found = this.newest(asked.n ?? 10);
    }
    const history = found.map(({ session, line, input, output }) => [
      session,
      line,
      asked.output ? [input, output] : input,
    ]);
    return { status: 'ok', history };
  }

  /** Up to `count` entries, of this session and those before it, the newest last. */
  private newest(count: number): Entry[] {
    let found = this.own.slice();
    for (const session of this.sessions().reverse()) {
      if (found.length >= count) break;
      if (session !== this.session) found = [...this.read(session), ...found];
    }
    return count === 0 ? [] : found.slice(-count);
  }

  /** A session's entries: 0 is this one, negative numbers count back from it. */
  private entriesOf(session: number): Entry[] {
    if (session === 0 || session === this.session) return this.own;
    if (session > 0) return this.read(session);
    const before = this.sessions().filter((known) => known !== this.session);
    return this.read(before.at(session) ?? 0);
  }

  private sessions(): number[] {
    if (this.folder === null) return [];
    try {
      const names = fs.readdirSync(this.folder).map((name) => /^(\d+)\.jsonl$/.exec(name)?.[1]);
      return names
        .filter((name) => name !== undefined)
        .map(Number)
        .sort((a, b) => a - b);
    } catch {
      return [];
    }
  }

  private read(session: number): Entry[] {
    const entries = new Map<number, Entry>();
    let text = '';
    try {
      text = fs.readFileSync(path.join(this.folder ?? '', `${session}.jsonl`), 'utf8');
    } catch {
      // The session no longer exists.
    }
    for (const row of text.split('\n')) {
      try {
        const { line, input, output } = JSON.parse(row) as Recorded;
        const known = entries.get(line);
        if (input !== undefined) entries.set(line, { session, line, input, output: null });
        else if (known) known.output = output ?? null;
      } catch {
        // A line truncated when its kernel died.
      }
    }
    return [...entries.values()];
  }

  /** Gives this session the next number, and a file. */
  private open(): void {
    const { folder } = this;
    this.session = 1;
    if (folder === null) return;
    try {
      fs.mkdirSync(folder, { recursive: true });
      const known = this.sessions();
      for (const old of known.slice(0, Math.max(0, known.length + 1 - keptSessions))) {
        fs.rmSync(path.join(folder, `${old}.jsonl`), { force: true });
      }
      for (this.session = (known.at(-1) ?? 0) + 1; ; this.session++) {
        const file = path.join(folder, `${this.session}.jsonl`);
        try {
          // Fails if another kernel has just used the number.
          fs.writeFileSync(file, '', { flag: 'wx', mode: 0o600 });
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
          throw error;
        }
        this.file = file;
        return;
      }
    } catch {
      this.file = null;
    }
  }

  private write(recorded: Recorded): void {
    if (this.file === null) return;
    try {
      fs.appendFileSync(this.file, `${JSON.stringify(recorded)}\n`);
    } catch {
      // A full disk ends the history file, not the cell.
      this.file = null;
    }
  }
}

/** Tests an input against a pattern in which `*` is any text and `?` any character. */
function matcher(pattern: string): (input: string) => boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  const expression = new RegExp(`^${escaped.replace(/\*/g, '.*').replace(/\?/g, '.')}$`, 's');
  return (input) => expression.test(input);
}
