import { afterEach, beforeEach } from 'node:test';
import { type DisplayMessage, setSink } from '../../lib/notebook';

/** An output, and whether it replaced an earlier one. */
export type Shown = DisplayMessage & { update: boolean };

/** Collects what each test of the file shows. */
export function collectShown(): Shown[] {
  const shown: Shown[] = [];
  beforeEach(() => {
    shown.length = 0;
    setSink((message, update) => void shown.push({ ...message, update }));
  });
  afterEach(() => setSink(null));
  return shown;
}
