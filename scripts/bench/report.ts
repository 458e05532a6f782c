import type { EngineInfo } from '../../lib/runtime';

/** Results of one variant on one network. */
export interface Row {
  network: string;
  variant: string;
  turns: { seconds: number; cpuSeconds: number; images: number; bytes?: number }[];
  peakBytes: number;
  /** Increase of the number of tensors from the first turn to the last; tfjs only. */
  tensorsLeft?: number;
}

/** The content of `reports/bench.json`. */
export interface Report {
  date: string;
  engine: EngineInfo;
  processor: string;
  repeats: number;
  batch: number | undefined;
  /** GFLOP/s of a large matrix product here. */
  peaks: Record<string, number>;
  /** Floating-point operations of an image, by network. */
  operations: Record<string, number>;
  rows: Row[];
}

/** The middle of the sorted values, the mean of the two middle ones for an even count. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Median with minimum and maximum. */
function spread(values: number[], digits: number): string {
  const show = (value: number) => value.toFixed(digits);
  return `${show(median(values))} (${show(Math.min(...values))}–${show(Math.max(...values))})`;
}

/** Speed of `row` relative to `other`, turn by turn, since neighbouring turns have the same load. */
export function ratios(row: Row, other: Row, measure: 'seconds' | 'cpuSeconds'): number[] {
  return row.turns.map((turn, i) => other.turns[i]![measure] / turn[measure]);
}

/** Growth of memory a turn, in MB, from the second turn to the last. */
function growth({ turns }: Row): string {
  const held = turns.map(({ bytes }) => bytes).filter((bytes) => bytes !== undefined);
  if (held.length < 3) return '';
  return ((held[held.length - 1]! - held[1]!) / (held.length - 2) / 1e6).toFixed(1);
}

/** Further data of a table. */
interface About {
  title: string;
  peaks: Record<string, number>;
  operations: Record<string, number>;
}

/** The peak that a variant could reach, GFLOP/s; 0 where it is not known. */
function peakOf(variant: string, peaks: Record<string, number>): number {
  if (/bfloat16/.test(variant)) return peaks['bfloat16'] ?? 0;
  return (/tf32/.test(variant) ? peaks['tf32'] : peaks['float32']) ?? 0;
}

const head = [
  'variant',
  'images/s',
  'ms an image',
  'ours is × (time)',
  'ours is × (CPU)',
  'of the peak',
  'peak MB',
  'MB a turn',
  'tensors left',
];

function cells(rows: Row[], { peaks, operations }: About): string[][] {
  const ours = rows.find(({ variant }) => variant === 'ours');
  return rows.map((row) => {
    const rates = row.turns.map(({ images, seconds }) => images / seconds);
    const peak = peakOf(row.variant, peaks);
    const share = ((operations[row.network] ?? 0) * median(rates)) / 1e9 / peak;
    return [
      row.variant,
      spread(rates, median(rates) < 100 ? 1 : 0),
      (1000 / median(rates)).toPrecision(3),
      ours && ours !== row ? spread(ratios(ours, row, 'seconds'), 2) : '',
      ours && ours !== row ? spread(ratios(ours, row, 'cpuSeconds'), 2) : '',
      peak > 0 ? `${(100 * share).toFixed(0)} %` : '',
      (row.peakBytes / 1e6).toFixed(0),
      growth(row),
      row.tensorsLeft?.toString() ?? '',
    ];
  });
}

/** A table of the rows of one network, for a terminal. */
export function table(rows: Row[], about: About): string {
  const all = [head, ...cells(rows, about)];
  const widths = head.map((_, i) => Math.max(...all.map((line) => line[i]!.length)));
  return all
    .map((line) => `  ${line.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')}`.trimEnd())
    .join('\n');
}

/** The same in Markdown, under the network's title. */
export function markdown(rows: Row[], about: About): string {
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`;
  const body = cells(rows, about).map((row) => line(row.slice(0, 7)));
  const top = head.slice(0, 7);
  return [`**${about.title}**`, '', line(top), line(top.map(() => '---')), ...body].join('\n');
}
