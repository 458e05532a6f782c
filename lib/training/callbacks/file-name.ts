import { GradbookError } from '../../runtime';
import { pythonFixed } from './python-float';

/**
 * Replaces `{name}`, `{name:02d}` and `{name:.2f}`, as Python's `format` does.
 *
 * @throws GradbookError `unknown-figure` for a name without a value
 */
export function fillIn(template: string, values: Readonly<Record<string, number>>): string {
  return template.replace(/\{(\w+)(?::([^}]*))?\}/g, (whole, name: string, format?: string) => {
    const value = values[name];
    if (value === undefined) {
      throw new GradbookError(
        `${whole} in '${template}' cannot be filled in. There are ${Object.keys(values).join(', ')}`,
        'unknown-figure',
      );
    }
    const parts = /^(0?)(\d*)(?:\.(\d+))?([dfeg]?)$/.exec(format ?? '');
    if (!parts) {
      throw new GradbookError(
        `${whole} in '${template}': give a format such as 02d or .3f`,
        'bad-option',
      );
    }
    const [, zero, width, digits, kind] = parts;
    const text = formatted(value, kind, digits === undefined ? undefined : Number(digits));
    return text.padStart(Number(width), zero ? '0' : ' ');
  });
}

function formatted(value: number, kind?: string, digits?: number): string {
  if (kind === 'f') return pythonFixed(value, digits ?? 6);
  if (kind === 'e') return value.toExponential(digits ?? 6).replace(/e([+-])(\d)$/, 'e$10$2');
  if (digits !== undefined) return String(Number(value.toPrecision(Math.max(1, digits))));
  return String(value);
}
