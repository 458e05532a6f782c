import type { EngineInfo } from '../../lib/runtime';

/** What one variant did on one network. */
export interface Row {
  network: string;
  variant: string;
  turns: { seconds: number; cpuSeconds: number; images: number; bytes?: number }[];
  peakBytes: number;
  /** Tensors more after the last turn than after the first; tfjs only. */
  tensorsLeft?: number;
}

/** What `reports/bench.json` holds. */
export interface Report {
  date: string;
  engine: EngineInfo;
  repeats: number;
  rows: Row[];
}

/** The middle of the sorted values, the mean of the two middle ones for an even count. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Median with the least and the greatest value. */
function spread(values: number[], digits: number): string {
  const show = (value: number) => value.toFixed(digits);
  return `${show(median(values))} (${show(Math.min(...values))}–${show(Math.max(...values))})`;
}

/** How many times as fast `row` is as `other`, turn by turn: neighbours in time see the same load. */
export function ratios(row: Row, other: Row, measure: 'seconds' | 'cpuSeconds'): number[] {
  return row.turns.map((turn, i) => other.turns[i]![measure] / turn[measure]);
}

/** Growth of memory a turn, in MB, from the second turn to the last. */
function growth({ turns }: Row): string {
  const held = turns.map(({ bytes }) => bytes).filter((bytes) => bytes !== undefined);
  if (held.length < 3) return '';
  return ((held[held.length - 1]! - held[1]!) / (held.length - 2) / 1e6).toFixed(1);
}

/** A table of the rows of one network. */
export function table(rows: Row[]): string {
  const ours = rows.find(({ variant }) => variant === 'ours');
  const lines = rows.map((row) => {
    const rates = row.turns.map(({ images, seconds }) => images / seconds);
    return [
      row.variant,
      spread(rates, 1),
      ours && ours !== row ? spread(ratios(ours, row, 'seconds'), 2) : '',
      ours && ours !== row ? spread(ratios(ours, row, 'cpuSeconds'), 2) : '',
      (row.peakBytes / 1e6).toFixed(0),
      growth(row),
      row.tensorsLeft?.toString() ?? '',
    ];
  });
  const head = [
    'variant',
    'images/s',
    'ours is × (time)',
    'ours is × (CPU)',
    'peak MB',
    'MB a turn',
    'tensors left',
  ];
  const all = [head, ...lines];
  const widths = head.map((_, i) => Math.max(...all.map((line) => line[i]!.length)));
  return all
    .map((line) => `  ${line.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')}`.trimEnd())
    .join('\n');
}
