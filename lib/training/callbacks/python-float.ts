/** A number as Python prints it, so that messages equal Keras's: `1e-05`, `2.0`, `nan`. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** A number with a fixed number of decimals, as Python's `:.5f` prints it. */
export function pythonFixed(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : pythonFloat(value);
}
