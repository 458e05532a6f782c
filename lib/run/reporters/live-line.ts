import type { ProgressEvent } from '../../notebook';
import { duration, figure } from './reporter';

/** State of a running notebook. */
export interface Live {
  /** Seconds since it started. */
  seconds: number;
  /** Such as `cell 3/11`. */
  cell: string;
  progress: ProgressEvent | null;
  /** Seconds since its last message. */
  silence: number;
}

/** A part of the line. If the line is too long, those of lowest `worth` are dropped first. */
interface Piece {
  text: string;
  worth: number;
}

/** The worth of a value: for a training, epoch, loss and the validation metric are kept longest. */
function worthOf(name: string, all: readonly string[]): number {
  if (name === 'epoch') return 9;
  if (name === 'loss') return 7;
  if (name === 'learning_rate') return 1;
  if (name === 'val_loss') return 2;
  const validated = all.includes(`val_${name}`);
  return validated ? 3 : 8;
}

function progressPieces({ label, unit, done, total, fields, ...event }: ProgressEvent): Piece[] {
  const names = Object.keys(fields);
  const steps = `${unit} ${done}${total === null ? '' : `/${total}`}`;
  const left = event.secondsLeft === null ? '' : `${duration(event.secondsLeft)} left`;
  return [
    { text: label, worth: 4 },
    // The batch is less important than the epoch.
    { text: steps, worth: 'epoch' in fields ? 0 : 9 },
    ...names.map((name) => ({
      text: `${name} ${figure(fields[name])}`,
      worth: worthOf(name, names),
    })),
    { text: event.state === 'running' ? left : event.state, worth: 10 },
  ];
}

/** One line about a running notebook, no longer than `width`. */
export function liveLine(name: string, live: Live, width: number): string {
  const silent = live.silence > 60 ? `no message for ${duration(live.silence)}` : '';
  let pieces: Piece[] = [
    { text: `▸ ${name}`, worth: 20 },
    { text: duration(live.seconds), worth: 6 },
    { text: live.cell, worth: 5 },
    ...(live.progress ? progressPieces(live.progress) : []),
    { text: silent, worth: 11 },
  ].filter(({ text }) => text !== '');
  const line = () => pieces.map(({ text }) => text).join(' · ');
  while (pieces.length > 1 && line().length > width) {
    const least = Math.min(...pieces.map(({ worth }) => worth));
    const excess = line().length - width;
    if (least >= 7 && name.length - excess >= 10) {
      // Before a value is dropped, a long name is shortened.
      pieces[0]!.text = `▸ ${name.slice(0, -excess - 1)}…`;
      break;
    }
    const last = pieces.map(({ worth }) => worth).lastIndexOf(least);
    pieces = pieces.filter((_, index) => index !== last);
  }
  return line().slice(0, width);
}

/** A line whose last pieces are left out where it is longer than `width`. */
export function shortened(line: string, width: number): string {
  const pieces = line.split(' · ');
  while (pieces.length > 1 && pieces.join(' · ').length > width) pieces.pop();
  return pieces.join(' · ');
}
