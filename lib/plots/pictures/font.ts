import { glyphs } from './glyphs';

/** Pixels from one character to the next. */
export const glyphWidth = 6;
/** Pixels from one line to the next. */
export const glyphHeight = 13;

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const unknown = '�';

/** Calls `paint(x, y)` for each pixel of a line of text whose upper left corner is (0, 0). */
export function eachTextPixel(text: string, paint: (x: number, y: number) => void): void {
  [...text.normalize('NFC')].forEach((character, place) => {
    const rows = glyphs[character] ?? glyphs[unknown]!;
    for (let y = 0; y < glyphHeight; y++) {
      const bits = alphabet.indexOf(rows[y]!);
      for (let x = 0; x < glyphWidth; x++) {
        if (bits & (1 << (glyphWidth - 1 - x))) paint(place * glyphWidth + x, y);
      }
    }
  });
}

/** Width of a line of text in pixels. */
export function textWidth(text: string): number {
  return [...text.normalize('NFC')].length * glyphWidth;
}

/** Cuts a line that is wider than `width` pixels, with an ellipsis at its end. */
export function fitText(text: string, width: number): string {
  const characters = [...text.normalize('NFC')];
  const room = Math.floor(width / glyphWidth);
  if (characters.length <= room) return text;
  return room < 1
    ? ''
    : `${characters
        .slice(0, room - 1)
        .join('')
        .trimEnd()}…`;
}

/** Breaks a text into lines of at most `width` pixels, at blanks where possible. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1];
    if (last !== undefined && textWidth(`${last} ${word}`) <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(fitText(word, width));
    }
  }
  return lines;
}
