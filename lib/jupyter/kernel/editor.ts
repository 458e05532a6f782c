import type { Compiler } from './compiler';
import type { Content } from './messages';

// Completion and inspection requests of the editor. Jupyter counts positions in Unicode characters,
// TypeScript in UTF-16 units.

const toUnits = (code: string, characters: number) =>
  Array.from(code).slice(0, characters).join('').length;
const toCharacters = (code: string, units: number) => Array.from(code.slice(0, units)).length;

/** The reply to a `complete_request`. */
export function complete(compiler: Compiler, content: Content): Content {
  const code = String(content['code'] ?? '');
  const position = toUnits(code, Number(content['cursor_pos'] ?? code.length));
  const { start, end, candidates, original } = compiler.complete(code, position);
  const kinds = new Map(original?.entries.map(({ name, kind }) => [name, kind]));
  const [from, to] = [toCharacters(code, start), toCharacters(code, end)];
  const types = candidates.map((text) => ({
    start: from,
    end: to,
    text,
    type: kinds.get(text) ?? '',
  }));
  return {
    status: 'ok',
    matches: candidates,
    cursor_start: from,
    cursor_end: to,
    metadata: { _jupyter_types_experimental: types },
  };
}

/** The reply to an `inspect_request`: the signature and the doc comment at, or around, the cursor. */
export function inspect(compiler: Compiler, content: Content): Content {
  const code = String(content['code'] ?? '');
  const position = toUnits(code, Number(content['cursor_pos'] ?? code.length));
  for (const at of candidatesAround(code, position)) {
    const text = compiler.inspect(code, at);
    if (text) return { status: 'ok', found: true, data: { 'text/plain': text }, metadata: {} };
  }
  return { status: 'ok', found: false, data: {}, metadata: {} };
}

/** The cursor's position, the name before it, and the function whose arguments contain it. */
function candidatesAround(code: string, position: number): number[] {
  const places = [position, position - 1];
  let depth = 0;
  for (let at = position - 1; at >= 0; at--) {
    const sign = code[at]!;
    if (')]}'.includes(sign)) depth++;
    else if ('([{'.includes(sign)) {
      if (depth > 0) depth--;
      else if (sign === '(') places.push(at - 1);
    }
  }
  return places.filter((at) => at >= 0 && /[\w$]/.test(code[at] ?? ''));
}

/** TypeScript's code for a template literal without its end, which further lines may bring. */
const unterminatedTemplate = 1160;

/** The reply to an `is_complete_request`, which consoles send at each Enter. */
export function isComplete(compiler: Compiler, content: Content): Content {
  const { isCompleteCode } = require('tslab/dist/converter.js');
  const code = String(content['code'] ?? '');
  const { completed, indent } = isCompleteCode(code);
  const errors = compiler.syntaxErrors(code);
  if (!completed && errors.length > 0) return { status: 'incomplete', indent: indent ?? '' };
  if (errors.includes(unterminatedTemplate)) return { status: 'incomplete', indent: '' };
  return { status: errors.length > 0 ? 'invalid' : 'complete' };
}
