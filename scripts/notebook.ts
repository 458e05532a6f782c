// Converts notebooks to TypeScript files and back, and strips outputs: easier to compare and merge
// in Git.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import {
  notebookFromTypeScript,
  notebookToTypeScript,
  readNotebook,
  stripped,
  writeNotebook,
} from '../lib/jupyter';
import { GradbookError, inWorkspace, writeFileAtomic } from '../lib/runtime';

const help = `usage: npm run notebook -- to-ts   NOTEBOOK ... [--out DIR]
       npm run notebook -- from-ts FILE.ts ... [--out DIR]
       npm run notebook -- strip   NOTEBOOK ...

to-ts     writes a notebook as a TypeScript file in jupytext's percent format ("// %%" before each
          cell, text as comments), without outputs
from-ts   writes such a file as a notebook. Cells keep their ids, and those with unchanged code keep their outputs from the notebook of that name
strip     removes the outputs from a notebook, as for commits

A NOTEBOOK is a file, or the name of one in notebooks/, such as 02-cnn.

  --out DIR    output folder                            [that of the source]
  -h, --help   this text

Exit codes: 0 done, 1 a file could not be read or written, 3 wrong usage.`;

class Usage extends Error {}

function notebookFile(name: string): string {
  if (fs.existsSync(name)) return name;
  const known = inWorkspace('notebooks', name.endsWith('.ipynb') ? name : `${name}.ipynb`);
  if (fs.existsSync(known)) return known;
  throw new Usage(`there is no notebook ${name}: give a file, or the name of one in notebooks/`);
}

/** The path of the converted file. */
function target(file: string, ending: string, out: string | undefined): string {
  const name = `${path.basename(file, path.extname(file))}${ending}`;
  return path.join(out ?? path.dirname(file), name);
}

function convert(command: string, name: string, out: string | undefined): string {
  if (command === 'from-ts') {
    if (!name.endsWith('.ts')) throw new Usage(`${name}: from-ts takes files that end in .ts`);
    const file = target(name, '.ipynb', out);
    const earlier = fs.existsSync(file) ? readNotebook(file) : undefined;
    writeNotebook(file, notebookFromTypeScript(fs.readFileSync(name, 'utf8'), earlier));
    return file;
  }
  const from = notebookFile(name);
  const notebook = readNotebook(from);
  if (command === 'strip') {
    writeNotebook(from, stripped(notebook));
    return from;
  }
  const file = target(from, '.ts', out);
  writeFileAtomic(file, notebookToTypeScript(notebook));
  return file;
}

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { out: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  const [command, ...names] = positionals;
  if (values.help) {
    console.log(help);
    return 0;
  }
  if (!command || !['to-ts', 'from-ts', 'strip'].includes(command)) {
    throw new Usage(`${command ?? 'no command'}: give to-ts, from-ts or strip; see --help`);
  }
  if (names.length === 0) throw new Usage(`${command} needs at least one file; see --help`);
  for (const name of names) {
    const file = convert(command, name, values.out);
    console.log(`${name} → ${path.relative(process.cwd(), file)}`);
  }
  return 0;
}

try {
  process.exitCode = main();
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  console.error(message);
  const isUsage = error instanceof Usage || String(code).startsWith('ERR_PARSE_ARGS');
  if (!isUsage && !(error instanceof GradbookError) && !code) throw error;
  process.exitCode = isUsage ? 3 : 1;
}
