import type { Reporter } from './reporter';

/** One JSON object per line, each with `event`; the last one is the summary. */
export function jsonReporter(write: (line: string) => void = console.log): Reporter {
  const tell = (event: string, fields: object) => write(JSON.stringify({ event, ...fields }));
  return {
    begin: (notebooks) => tell('begin', { notebooks }),
    started: (notebook, reason) => tell('started', { notebook, reason }),
    cell: (notebook, cell, of) => tell('cell', { notebook, cell, of }),
    cellDone: (notebook, cell) => tell('cell-done', { notebook, cell }),
    progress: (notebook, progress) => tell('progress', { notebook, progress }),
    note: (notebook, text) => tell('note', { notebook, text }),
    finished: (notebook, run, cached, reason) =>
      tell('finished', { notebook, cached, reason, run }),
    interrupted: () => tell('interrupted', {}),
    end: (summary, files) => tell('summary', { summary, files }),
  };
}
